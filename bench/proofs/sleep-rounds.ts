import { until } from '#bin/demo/until.ts';
import type { Client } from '#core/api/client.ts';
import type { WhatsAppLab } from '#lab/whatsapp/site.ts';

export type Stage = { client: Client; lab: WhatsAppLab; signal: AbortSignal };
export type Sleeper = { id: string; number: string; peer: string };

/** More than half of what the stand-in's ratchet forgives: a session that goes on from any older state than the last is logged out. */
const missedMessages = 12;
const ceilings = { perMinute: 10_000, perHour: 100_000, perDay: 1_000_000, newContactsPerDay: 10_000, perRecipientPerDay: 1000, warmUp: false };
const pace = { mode: 'compressed', speed: 200, gapSpeed: 100_000 } as const;

/** Profiles of one account each, linked one after another as a person would. */
export async function pairSleepers(stage: Stage, count: number): Promise<Sleeper[]> {
  const { client, lab, signal } = stage;
  await client.changeWorkspace({ body: { settings: { quietHours: null, ceilings: { web: ceilings }, pace } } });
  const sleepers: Sleeper[] = [];
  for (let n = 0; n < count; n += 1) {
    const number = `491555000${1000 + n}`;
    const peer = `491555100${1000 + n}`;
    await control(lab, 'accounts', { number, name: `Shop ${n}` });
    await control(lab, 'peers', { number: peer, name: `Person ${n}` });
    const { id } = await client.addProfile({ body: { channel: 'whatsapp-web', name: `sleeper ${n}`, baseUrl: lab.url } });
    const params = { id };
    const step = await until('A QR code', async () => [await client.loginByQr({ params })].find(({ qr }) => qr !== null), { seconds: 90, signal });
    await control(lab, 'scan', { ref: step.qr, number });
    await until('The profile', async () => (await client.readProfile({ params })).state === 'ready', { seconds: 90, signal });
    sleepers.push({ id, number, peer });
  }
  return sleepers;
}

/** Everybody is written to while they sleep, and has something to send: what they send proves that they woke with their login. Answers what is wrong. */
export async function playRound(
  stage: Stage,
  { sleepers, round, seconds }: { sleepers: readonly Sleeper[]; round: number; seconds: number },
): Promise<string[]> {
  const { client, lab, signal } = stage;
  const text = `round ${round}`;
  for (const { id, number, peer } of sleepers) {
    await control(lab, 'incoming', { to: number, from: peer, text: `missed ${round}`, times: missedMessages });
    await client.sendFromProfile({ params: { id }, body: { to: `+${peer}`, text } });
  }
  const arrived = ({ number, peer }: Sleeper) =>
    [...lab.lab.messages.values()].filter((one) => one.from === number && one.to === peer && one.text === text);
  await until('The due work', async () => sleepers.every((one) => arrived(one).length > 0), { seconds, signal }).catch(() => undefined);
  signal.throwIfAborted();
  return sleepers.flatMap((one) => {
    const sent = arrived(one).length;
    return sent === 1 ? [] : [`round ${round}: ${one.number} sent its message ${sent} times`];
  });
}

/** Logins that the stand-in has ended. */
export function lostLogins({ lab }: Stage): string[] {
  return lab.lab.events.flatMap((event) => (event.is === 'logged_out' ? [`${event.number} was logged out: ${event.why}`] : []));
}

export async function control(lab: WhatsAppLab, path: string, body: object): Promise<void> {
  const reply = await fetch(`${lab.control}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`The stand-in refused ${path}: ${await reply.text()}`);
}
