import { denyListedPhone, exampleRows, phonesWithoutWhatsApp, refusedEmail } from '#lab/recipients/rows.ts';
import type { Lab } from '#lab/start.ts';

export { denyListedPhone, refusedEmail };

/** Numbers of the shop's own two phones. */
export const shopPhones = [
  { number: '4915550000001', name: 'Shop Berlin' },
  { number: '4915550000002', name: 'Shop Support' },
] as const;

/** Every so manieth person answers; two of them want no more messages. */
const answers = [
  'Yes please, keep one for me',
  'When do you open on Saturday?',
  'Danke!',
  'STOP',
  'Sounds good',
  'Кто это?',
  'Do you ship to Porto?',
  'stop',
];
const everyAnswer = 9;

/** Puts the example's people behind the stand-ins: who is on WhatsApp, who reads, who answers, also by mail, who is away, whose mailbox is full. */
export function settlePeople(lab: Lab): { answering: number } {
  const phones = exampleRows().flatMap((row) => (row.expect.is === 'valid' && row.expect.phone ? [row.expect.phone] : []));
  const onWhatsApp = phones.filter((phone) => !phonesWithoutWhatsApp.includes(phone));
  const peers = onWhatsApp.map((phone, nth) => ({
    number: phone.slice(1),
    name: '',
    saved: false,
    onWhatsApp: true,
    deliveredAfterMs: 300,
    readsAfterMs: nth % 3 === 2 ? null : 900,
    repliesWith: nth % everyAnswer === 4 && phone !== denyListedPhone ? (answers[Math.floor(nth / everyAnswer) % answers.length] ?? null) : null,
    replyAfterMs: 2500,
    repliesTimes: 1,
  }));
  for (const peer of peers) lab.whatsapp.lab.peers.set(peer.number, peer);
  const byMail = exampleRows().flatMap((row) =>
    row.expect.is === 'valid' && row.expect.phone === null && row.expect.email ? [row.expect.email] : [],
  );
  const [away, ...answering] = byMail.filter((address, nth) => nth % everyAnswer === 4 && address !== refusedEmail);
  const rules = answering.map((pattern) => ({ pattern, kind: 'reply' as const, text: 'Thank you! Is the red one in the sale too?', afterMs: 3000 }));
  lab.mail.setReturns({ rules: [...rules, ...(away ? [{ pattern: away, kind: 'away' as const, afterMs: 1000 }] : [])] });
  lab.mail.setFaults({ rejectRecipients: [{ pattern: refusedEmail, code: 550, text: '5.2.2 mailbox full' }] });
  return { answering: peers.filter((peer) => peer.repliesWith !== null).length };
}
