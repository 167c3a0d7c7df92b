import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';
import { shopPhones } from './people.ts';
import { saleWords } from './seed.ts';

export type Tally = {
  planned: number;
  sent: number;
  delivered: number;
  read: number;
  failed: number;
  skipped: Record<string, number>;
  uncertain: number;
  replies: number;
  seconds: number;
};
/** What the stand-ins themselves received of the campaign. `twice` has to stay empty. */
export type Truth = { held: number; delivered: number; read: number; replies: number; twice: number };

/** The product's own numbers. `sent` counts everyone who was reached, delivered and read ones included; `delivered` the read ones too. */
export async function tallyOf(client: Client, campaignId: string, seconds: number): Promise<Tally> {
  const { counts, skippedBy } = await client.progress({ params: { id: campaignId } });
  return {
    planned: counts.total - counts.skipped,
    sent: counts.sent + counts.delivered + counts.read,
    delivered: counts.delivered + counts.read,
    read: counts.read,
    failed: counts.failed,
    skipped: skippedBy,
    uncertain: counts.uncertain,
    replies: counts.replies,
    seconds,
  };
}

export async function truthOf(lab: Lab): Promise<Truth> {
  const ours = new Set<string>(shopPhones.map((phone) => phone.number));
  const messages = [...lab.whatsapp.lab.messages.values()];
  // Who writes STOP is told that it was heard: that is no message of the campaign.
  const out = messages.filter((message) => message.via === 'web' && ours.has(message.from) && message.text.includes(saleWords));
  const answered = new Set(messages.filter((message) => message.via === 'script' && ours.has(message.to)).map((message) => message.from));
  const xmpp = lab.converse.is === 'running' ? await xmppOf(lab.converse.prosody) : { sent: 0, replies: 0 };
  const mail = lab.mail.deliveries();
  const byMail = new Set(lab.mail.returned().flatMap(({ kind, from }) => (kind === 'reply' ? [from] : [])));
  const twiceOnWhatsApp = out.length - new Set(out.map((message) => `${message.from} ${message.to} ${message.text}`)).size;
  const twiceByMail = [...mail.values()].filter((times) => times > 1).length;
  return {
    held: out.length + xmpp.sent + mail.size,
    delivered: out.filter((message) => message.status !== 'sent').length + xmpp.sent,
    read: out.filter((message) => message.status === 'read').length,
    replies: answered.size + xmpp.replies + byMail.size,
    twice: twiceOnWhatsApp + twiceByMail + Math.max(0, xmpp.sent - 2),
  };
}

async function xmppOf(prosody: { archive(user: string, peer: string): Promise<{ from: string }[]> }): Promise<{ sent: number; replies: number }> {
  const both = await Promise.all(['bob', 'carol'].map((peer) => prosody.archive('alice', peer)));
  const sent = both.flat().filter((message) => message.from.startsWith('alice'));
  const replied = both.filter((messages) => messages.some((message) => !message.from.startsWith('alice')));
  return { sent: sent.length, replies: replied.length };
}

/** What does not agree, in words; empty when the product tells the truth. */
export function differences(tally: Tally, truth: Truth): string[] {
  const pairs = [
    ['sent', tally.sent, truth.held],
    ['delivered', tally.delivered, truth.delivered],
    ['read', tally.read, truth.read],
    ['replies', tally.replies, truth.replies],
    ['twice', 0, truth.twice],
    ['uncertain', tally.uncertain, 0],
    ['accounted for', tally.sent + tally.failed + tally.uncertain + laterSkipped(tally), tally.planned + laterSkipped(tally)],
  ] as const;
  return pairs.flatMap(([name, ours, theirs]) => (ours === theirs ? [] : [`${name}: the product says ${ours}, the stand-ins hold ${theirs}`]));
}

const laterSkipped = (tally: Tally): number => tally.skipped.no_such_recipient ?? 0;
