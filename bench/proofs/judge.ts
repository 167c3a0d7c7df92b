import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';

type Ask = { client: Client; lab: Lab; campaignId: string; profileNames: string[] };
const unheld = ['failed', 'skipped', 'cancelled'];

/** Compares every delivery with what the stand-ins hold. Answers what breaks the promise: never twice, and never unsent without a state that says so. */
export async function judge({ client, lab, campaignId, profileNames }: Ask): Promise<string[]> {
  const problems: string[] = [];
  const held = await heldBy(lab);
  const states: Record<string, number> = {};
  let cursor: string | undefined;
  do {
    const page = await client.listDeliveries({ params: { id: campaignId }, query: { limit: 200, ...(cursor ? { cursor } : {}) } });
    for (const delivery of page.rows) {
      states[delivery.state] = (states[delivery.state] ?? 0) + 1;
      const times = held.get(delivery.addressKind === 'email' ? delivery.id : (delivery.address ?? '').replace(/^\+/, '')) ?? 0;
      const isWeb = profileNames.includes(delivery.accountName ?? '');
      const who = `${delivery.name} (${delivery.address}, ${delivery.accountName}, ${delivery.state})`;
      if (times > 1) problems.push(`${who}: held ${times} times`);
      if (times === 0 && !unheld.includes(delivery.state) && delivery.state !== 'uncertain') problems.push(`${who}: held nowhere`);
      if (times > 0 && unheld.includes(delivery.state)) problems.push(`${who}: held, yet the state says that it was not sent`);
      if (isWeb && delivery.state === 'uncertain') problems.push(`${who}: a web send was left uncertain`);
      if (['planned', 'claimed', 'committing'].includes(delivery.state)) problems.push(`${who}: has no end`);
    }
    cursor = page.next ?? undefined;
  } while (cursor);
  console.log(`states: ${JSON.stringify(states)}, held by the stand-ins: ${[...held.values()].reduce((sum, times) => sum + times, 0)}`);
  return problems;
}

/** How often each address was reached, by the stand-ins' own stores; mails by their delivery's id. */
async function heldBy(lab: Lab): Promise<Map<string, number>> {
  const held = new Map(lab.mail.deliveries());
  const add = (key: string) => held.set(key, (held.get(key) ?? 0) + 1);
  for (const message of lab.whatsapp.lab.messages.values()) if (message.via === 'web') add(message.to);
  if (lab.converse.is !== 'running') return held;
  for (const peer of ['bob', 'carol', 'dave', 'erin']) {
    for (const message of await lab.converse.prosody.archive('alice', peer)) if (message.from.startsWith('alice')) add(`${peer}@localhost`);
  }
  return held;
}
