import { connect } from 'node:net';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseBounces } from '#channels/email/bounce.ts';
import { type BoxSettings, lookIntoBox, openBox } from '#channels/email/box.ts';
import { readReply } from '#channels/email/reply.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import type { ReturnKind } from '#lab/mail/returns.ts';

const signal = new AbortController().signal;
const envelope = { from: 'shop+v1@example.com', to: 'ann@example.org' };
let lab: Catcher;
let box: BoxSettings;
beforeAll(async () => {
  lab = await startCatcher();
  box = { host: '127.0.0.1', port: lab.imapPort, security: 'none', username: 'shop@example.com', password: 'any "one" \\ ü', folder: 'INBOX' };
});
afterAll(() => lab?.close());
beforeEach(() => lab.setReturns({}));

async function send(to = envelope.to): Promise<string> {
  const transport = createTransport(lab.smtpUrl);
  const from = '"Die Bäckerei" <shop@example.com>';
  const { messageId } = await transport.sendMail({ from, to, envelope: { ...envelope, to }, subject: 'Grüße', text: 'Hello Ann\nFresh bread today' });
  transport.close();
  return messageId;
}
const boxed = () =>
  openBox(box, signal, async (opened) => {
    const mails: Buffer[] = [];
    for await (const { raw } of opened.from(1)) mails.push(raw ?? Buffer.alloc(0));
    return mails;
  });
async function sendBack(kind: ReturnKind, text?: string): Promise<Buffer> {
  const [mail] = await lab.messages({ limit: 1 });
  const before = lab.returned().length;
  const body = JSON.stringify({ kind, text });
  const reply = await fetch(`${lab.webUrl}/api/messages/${mail?.id}/return`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(reply.status).toBe(204);
  return (await boxed())[before] ?? Buffer.alloc(0);
}

test.each(['hard', 'soft', 'delayed', 'policy', 'complaint'] as const)('%s: the product reads what comes back as that', async (kind) => {
  const id = await send();
  expect(parseBounces(await sendBack(kind))).toMatchObject([{ kind, messageIds: [id] }]);
});

test('a reply is one to the mail, with the answer above what it quotes', async () => {
  const id = await send();
  const reply = await readReply(await sendBack('reply', 'Gern!\nBis morgen'));
  expect(reply).toMatchObject({ answers: [id], subject: 'Re: Grüße', text: 'Gern!\nBis morgen', from: { address: envelope.to } });
  expect(reply?.folded).toContain('> Fresh bread today');
});

test('an automatic answer is one', async () => {
  await send();
  expect(parseBounces(await sendBack('away'))).toMatchObject([{ kind: 'auto_reply' }]);
});

test('who is told to answer by itself does so as often as was said, and others do not', async () => {
  lab.setReturns({ rules: [{ pattern: '*@example.org', kind: 'reply', text: 'Yes', times: 1 }] });
  const before = lab.returned().length;
  for (const to of ['ben@example.org', 'cid@example.org', 'dan@example.net']) await send(to);
  await expect.poll(() => lab.returned().length).toBe(before + 1);
  expect(lab.returned().at(-1)).toMatchObject({ kind: 'reply', from: 'ben@example.org' });
});

test('the mailbox says what is there, is asked by day, and closes what is no IMAP', async () => {
  const count = lab.returned().length;
  expect(await lookIntoBox(box, signal)).toEqual({ mails: count, folders: ['INBOX'] });
  const days = await openBox(box, signal, async ({ since }) => [await since(new Date()), await since(new Date(Date.now() + 2 * 86_400_000))]);
  expect(days.map((uids) => uids.length)).toEqual([count, 0]);
  await expect(lookIntoBox({ ...box, folder: 'Archive' }, signal)).rejects.toMatchObject({ code: 'mail_sign_in' });
  const stranger = connect(lab.imapPort, '127.0.0.1');
  stranger.on('error', () => undefined).resume();
  stranger.write('x'.repeat(200_000));
  await new Promise((closed) => stranger.once('close', closed));
});
