import type { Lab } from '#lab/start.ts';
import { tell } from '#lab/tell.ts';

/** The three ways to a person, and how a stand-in is told to take its time for each answer. */
export const ways = ['web', 'meta', 'mail'] as const;
export type Way = (typeof ways)[number];

const wayOf = new Map<string, Way>([
  ['whatsapp-web', 'web'],
  ['whatsapp-cloud', 'meta'],
  ['email', 'mail'],
]);

export function wayOfChannel(channel: string): Way {
  const way = wayOf.get(channel);
  if (!way) throw new Error(`nothing of the proof goes by ${channel}`);
  return way;
}

/** How many answers one message waits for: the page of the messenger asks who it is, what was said before, and then sends. */
export const answersOf: Readonly<Record<Way, number>> = { web: 3, meta: 1, mail: 1 };

export async function setLatency({ whatsapp, graph, mail }: Lab, way: Way, latencyMs: number): Promise<void> {
  if (way === 'web') await tell(`${whatsapp.control}/faults`, { faults: { latencyMs } });
  if (way === 'meta') graph.lab.settings.latencyMs = latencyMs;
  if (way === 'mail') mail.setFaults({ latencyMs });
}
