import type { Via, Written } from './model.ts';

/** What the control API asks for; `account` and `peer` are judged by each messenger. */
export type MessageFilter = { account?: string; peer?: string; via?: Via; since?: number };

export const fits = ({ via, since }: MessageFilter, message: Written): boolean =>
  (via === undefined || message.via === via) && (since === undefined || message.at >= since);

/** How often the same message came again, and how many sends were refused. */
export function countAttempts({ events }: { events: { is: string }[] }, messages: Written[]): { resends: number; failedSends: number } {
  const resends = messages.reduce((sum, message) => sum + message.resends, 0);
  return { resends, failedSends: events.filter((event) => event.is === 'failed_send').length };
}

/** The same text at the same place (who wrote to whom) under different ids: what a double send looks like. */
export function duplicatesOf<Id, Place extends object>(messages: { id: Id; text: string; place: Place }[]): (Place & { text: string; ids: Id[] })[] {
  const groups = new Map<string, Place & { text: string; ids: Id[] }>();
  for (const { id, text, place } of messages) {
    const key = JSON.stringify([place, text]);
    const group = groups.get(key) ?? { ...place, text, ids: [] };
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups.values()].filter((group) => group.ids.length > 1);
}
