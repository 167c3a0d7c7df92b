import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookIntoBox } from '#channels/email/box.ts';
import { returnPathOf, returnPathPurpose } from '#channels/email/verp.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type Dovecot, startDovecot } from '#lab/mail/dovecot.ts';
import { databaseClock } from '#sql/clock.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { addMailAccount } from '#sql/mail.ts';
import { type HeldBox, moveCursor, takeBoxes } from '#sql/mail-boxes.ts';
import { readMailIn, setBox } from '#sql/mail-in.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { createSealer } from '#sql/sealed.ts';
import { createBoxReader } from './mail-boxes.ts';

const sealer = createSealer('a key that only tests use, nowhere else');
let base: TestDatabase;
let dovecot: Dovecot;
let workspaceId: string;
let accountId: string;
beforeAll(async () => {
  base = await createTestDatabase();
  dovecot = await startDovecot();
});
afterAll(async () => {
  await dovecot?.[Symbol.asyncDispose]();
  await base?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  const fields = {
    name: 'mail',
    useCatcher: false,
    host: 'h',
    port: 465,
    security: 'tls',
    fromName: '',
    fromAddress: 'shop@example.com',
    bounceAddress: null,
    pool: 1,
    ceilings: {},
  } as const;
  accountId = (await inside((trx) => addMailAccount(trx, workspaceId, fields))).id;
  await setDovecot();
  await read();
});

const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
const setDovecot = (password = dovecot.password) =>
  inside((trx) =>
    setBox(
      trx,
      { workspaceId, accountId },
      {
        host: dovecot.host,
        port: dovecot.imapPort,
        security: 'none',
        username: dovecot.user,
        folder: 'INBOX',
        sealedPassword: sealer.seal(password),
      },
    ),
  );
/** One turn, whether it is time for it or not. */
async function read(hostId = randomUUID()): Promise<number> {
  await inside((trx) => sql`update mail_boxes set due_at = 'epoch'`.execute(trx));
  const clock = databaseClock(base.db);
  await clock.settle();
  const reader = createBoxReader({
    db: base.db,
    sealer,
    mediaStore: createMediaStore(base.db, sealer),
    hostId,
    clock,
    tell: () => undefined,
    log: pino({ level: 'silent' }),
    stop: AbortSignal.timeout(30_000),
  });
  return reader();
}

/** A mail that went out to somebody, with its conversation. */
async function sentMail(to = `p${randomUUID()}@example.org`) {
  const ids = { delivery: randomUUID(), contact: randomUUID(), talk: randomUUID() };
  const messageId = `<${ids.delivery}@example.com>`;
  await inside(async (trx) => {
    await sql`insert into contacts (id, workspace_id) values (${ids.contact}, ${workspaceId})`.execute(trx);
    await sql`insert into aliases (workspace_id, contact_id, kind, value) values (${workspaceId}, ${ids.contact}, 'email', ${to})`.execute(trx);
    await sql`insert into conversations (id, workspace_id, account_id, contact_id, peer) values (${ids.talk}, ${workspaceId}, ${accountId}, ${ids.contact}, ${to})`.execute(
      trx,
    );
    await sql`insert into deliveries (id, workspace_id, account_id, contact_id, conversation_id, address_kind, address, state, platform_id, sent_at, body)
      values (${ids.delivery}, ${workspaceId}, ${accountId}, ${ids.contact}, ${ids.talk}, 'email', ${to}, 'sent', ${messageId}, now(), 'Hello')`.execute(
      trx,
    );
    await sql`insert into messages (workspace_id, account_id, conversation_id, delivery_id, platform_id, direction, kind, body, status, at)
      values (${workspaceId}, ${accountId}, ${ids.talk}, ${ids.delivery}, ${messageId}, 'out', 'text', 'Hello', 'sent', now())`.execute(trx);
  });
  return { ...ids, to, messageId };
}
const mail = (headers: Record<string, string>, ...body: string[]) =>
  [...Object.entries({ 'Message-ID': `<${randomUUID()}@example.org>`, ...headers }).map(([name, value]) => `${name}: ${value}`), '', ...body].join(
    '\r\n',
  );
const bounceOf = ({ to, messageId }: { to: string; messageId: string }, more: Record<string, string> = {}) =>
  mail(
    { From: 'MAILER-DAEMON@mx.example.org', To: 'shop@example.com', Subject: 'Undelivered', 'Content-Type': 'multipart/report; boundary=b', ...more },
    ...[
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx',
      '',
      `Final-Recipient: rfc822; ${to}`,
      'Action: failed',
      'Status: 5.1.1',
      '',
    ],
    ...['--b', 'Content-Type: message/rfc822', '', `Message-ID: ${messageId}`, '', 'Hello', '--b--'],
  );
const incoming = () =>
  inside((trx) =>
    trx
      .selectFrom('messages')
      .select(['conversation_id', 'body', 'folded', 'author', 'kind', 'media_id', 'reply_to'])
      .where('direction', '=', 'in')
      .orderBy('at')
      .orderBy('platform_id')
      .execute(),
  );
const stateOf = (delivery: string) =>
  inside((trx) => trx.selectFrom('deliveries').select(['state', 'reason']).where('id', '=', delivery).executeTakeFirstOrThrow());
const isSuppressed = async (contact: string) =>
  (await inside((trx) => trx.selectFrom('suppressions').select('source').where('contact_id', '=', contact).execute())).length > 0;

test('a reply and a bounce that a mail server brings stand where they belong, once', async () => {
  const [answered, gone] = [await sentMail(), await sentMail()];
  const file = [
    '--m',
    'Content-Type: application/pdf',
    'Content-Disposition: attachment; filename=order.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('%PDF-1.4\n%%EOF').toString('base64'),
  ];
  const text = ['--m', 'Content-Type: text/plain', '', 'Yes, please.', '', 'On Friday at 12:00 Shop wrote:', '> Hello'];
  const headers = {
    From: `Ann <other@example.net>`,
    To: 'shop@example.com',
    Subject: 'Re: Sale',
    References: answered.messageId,
    'Content-Type': 'multipart/mixed; boundary=m',
  };
  await dovecot.deliver(mail(headers, ...text, ...file, ...file, '--m--'));
  await dovecot.deliver(bounceOf(gone));
  await read();
  await read();
  const messages = await incoming();
  expect(messages).toMatchObject([
    {
      conversation_id: answered.talk,
      body: 'Yes, please.',
      folded: 'On Friday at 12:00 Shop wrote:\n> Hello',
      author: 'other@example.net',
      kind: 'document',
    },
    { conversation_id: answered.talk, body: '', folded: null, kind: 'document', reply_to: null },
  ]);
  expect(messages[0]?.reply_to).not.toBeNull();
  const files = await inside((trx) => trx.selectFrom('media').select(['name', 'mime_type']).execute());
  expect(files).toEqual([
    { name: 'order.pdf', mime_type: 'application/pdf' },
    { name: 'order.pdf', mime_type: 'application/pdf' },
  ]);
  expect(await stateOf(gone.delivery)).toEqual({ state: 'failed', reason: 'bounced_hard' });
  expect(await inside((trx) => trx.selectFrom('address_rules').select(['effect', 'value']).execute())).toEqual([{ effect: 'gone', value: gone.to }]);
  expect([await isSuppressed(gone.contact), await isSuppressed(answered.contact)]).toEqual([false, false]);
  expect((await inside((trx) => readMailIn(trx, accountId))).box).toMatchObject({ error: null, readAt: expect.any(String) });
});

test('an own return path proves the mail, whatever the report says; one that somebody made up proves nothing', async () => {
  const [mine, other] = [await sentMail(), await sentMail()];
  const path = returnPathOf('shop@example.com', mine.delivery, sealer.derive(returnPathPurpose));
  const forged = returnPathOf('shop@example.com', other.delivery, Buffer.from('another key'));
  await dovecot.deliver(bounceOf({ to: 'hidden@example.net', messageId: '<x@y>' }, { 'Delivered-To': path }));
  await dovecot.deliver(bounceOf({ to: 'hidden@example.net', messageId: '<x@y>' }, { 'Delivered-To': forged }));
  await read();
  expect([(await stateOf(mine.delivery)).state, (await stateOf(other.delivery)).state]).toEqual(['failed', 'sent']);
});

test('who writes by themselves is known by their address; newsletters, answers of programs and our own copies are not for the inbox', async () => {
  const known = await sentMail();
  await dovecot.deliver(mail({ From: known.to, Subject: 'Question' }, 'When do you open?'));
  await dovecot.deliver(mail({ From: 'new@example.net', Subject: 'Hello' }, 'I am new.'));
  await dovecot.deliver(mail({ From: 'news@example.net', 'List-Id': '<news>' }, 'Buy!'));
  await dovecot.deliver(mail({ From: known.to, 'Auto-Submitted': 'auto-replied', Subject: 'Away' }, 'I am away.'));
  await dovecot.deliver(mail({ From: 'Shop <shop@example.com>', To: known.to }, 'A copy of ours'));
  await read();
  expect((await incoming()).map(({ body }) => body).sort()).toEqual(['Hello\n\nI am new.', 'Question\n\nWhen do you open?']);
  expect((await incoming()).find(({ body }) => body.startsWith('Question'))?.conversation_id).toBe(known.talk);
  expect(await inside((trx) => trx.selectFrom('bounces').select(['kind', 'recipient']).execute())).toEqual([
    { kind: 'auto_reply', recipient: known.to },
  ]);
});

test('a word that asks to stop stops, alone above a quote or in the subject of a program', async () => {
  const [person, program] = [await sentMail(), await sentMail()];
  await dovecot.deliver(mail({ From: person.to, 'In-Reply-To': person.messageId }, 'STOP', '', 'On Friday at 12:00 Shop wrote:', '> Hello'));
  await dovecot.deliver(mail({ From: program.to, Subject: 'unsubscribe', 'Auto-Submitted': 'auto-replied' }, 'Sent by a mail program.'));
  await read();
  expect([await isSuppressed(person.contact), await isSuppressed(program.contact)]).toEqual([true, true]);
});

test('a box that numbers its mails anew is read by date, and nothing stands twice', async () => {
  const known = await sentMail();
  const first = mail({ From: known.to, 'In-Reply-To': known.messageId }, 'First');
  await dovecot.deliver(first);
  await read();
  await dovecot.renew();
  await dovecot.deliver(mail({ From: known.to, 'In-Reply-To': known.messageId }, 'Second'));
  await dovecot.deliver(first);
  await read();
  await read();
  expect((await incoming()).map(({ body }) => body)).toEqual(['First', 'Second']);
});

test('one worker reads a box at a time, and one that died loses it', async () => {
  await inside((trx) => sql`update mail_boxes set due_at = 'epoch'`.execute(trx));
  const now = new Date();
  const [first, second] = [randomUUID(), randomUUID()];
  expect(await takeBoxes(base.db, first, now, 50)).toContainEqual({ workspaceId, accountId, hostId: first });
  expect(await takeBoxes(base.db, second, now, 50)).not.toContainEqual(expect.objectContaining({ accountId }));
  expect(await takeBoxes(base.db, second, new Date(now.getTime() + 181_000), 50)).toContainEqual({ workspaceId, accountId, hostId: second });
});

test('a box that is changed while it is read is read from its own end: where the old one was is not written any more', async () => {
  await inside((trx) => sql`update mail_boxes set due_at = 'epoch'`.execute(trx));
  const [box] = await takeBoxes(base.db, randomUUID(), new Date(), 50);
  await setDovecot();
  const cursor = { uidValidity: 7n, lastUid: 7, now: new Date() };
  expect(await inside((trx) => moveCursor(trx, box as HeldBox, cursor))).toBe(false);
});

test('a wrong password is said at the account, and gone with the right one', async () => {
  await setDovecot('wrong');
  await read();
  expect((await inside((trx) => readMailIn(trx, accountId))).box?.error).toBe('The mailbox did not accept the user name or password.');
  await setDovecot();
  await read();
  expect((await inside((trx) => readMailIn(trx, accountId))).box?.error).toBeNull();
  const settings = {
    host: dovecot.host,
    port: dovecot.imapPort,
    security: 'none',
    username: dovecot.user,
    password: dovecot.password,
    folder: 'INBOX',
  } as const;
  expect((await lookIntoBox(settings, AbortSignal.timeout(20_000))).folders).toContain('INBOX');
  await expect(lookIntoBox({ ...settings, port: 1 }, AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: 'mail_unreachable' });
  await expect(lookIntoBox({ ...settings, folder: 'Nothing' }, AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: 'mail_sign_in' });
  await expect(lookIntoBox({ ...settings, host: 'imap.example.org' }, AbortSignal.timeout(20_000))).rejects.toThrow('Without encryption');
});
