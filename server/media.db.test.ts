import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { beginMedia } from '#sql/media.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let accountId: string;
let conversationId: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await registerPerson(server);
  accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const said = {
    peer: { kind: 'jid', value: 'anna@x.test' },
    conversation: 'anna@x.test',
    direction: 'in',
    kind: 'text',
    at: null,
    status: null,
  } as const;
  const messages = [{ ...said, platformId: randomUUID(), text: 'When do you open?' }];
  const taken = await inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId, messages, now: new Date() }));
  conversationId = taken[0]?.conversationId ?? '';
});

const call = (method: string, path: string, body?: unknown, token = owner.token) => server.call(method, `/api${path}`, { token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
const upload = (content: Uint8Array | string, name: string) => {
  const form = new FormData();
  form.append('file', new Blob([content as Uint8Array<ArrayBuffer>]), name);
  return call('POST', '/media', form);
};
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const reply = (body: object) => call('POST', `/conversations/${conversationId}/messages`, body);

test('a file is what its bytes say, lies sealed, and comes back whole as a download that runs nowhere', async () => {
  const big = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(2_500_000, 'x1y2'), Buffer.from('%%EOF')]);
  const { status, body } = await upload(big, 'C:\\offers\\Angebot "März".exe');
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { kind: 'document', mimeType: 'application/pdf', bytes: big.length, name: 'Angebot März.exe.pdf' },
  });
  const response = await fetch(`${server.url}/api/media/${body.id}/file`, { headers: { authorization: `Bearer ${owner.token}` } });
  expect(Buffer.from(await response.arrayBuffer()).equals(big)).toBe(true);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': expect.stringMatching(/^attachment; filename=.*M%C3%A4rz/),
    'content-security-policy': expect.stringContaining('sandbox'),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  const { rows } = await inOwn((trx) =>
    sql<{ chunks: number; plain: boolean }>`
    select count(*)::int as chunks, bool_or(position('x1y2x1y2'::bytea in sealed) > 0) as plain from media_chunks where media_id = ${body.id}`.execute(
      trx,
    ),
  );
  expect(rows).toEqual([{ chunks: 3, plain: false }]);
});

test('a picture has a small one beside it, sealed like itself; what is no picture has none', async () => {
  const content = await sharp({ create: { width: 1600, height: 800, channels: 3, background: '#3366cc' } })
    .jpeg()
    .toBuffer();
  const { body: photo } = await upload(content, 'door.jpg');
  expect(photo.thumbnail).toEqual({ width: 640, height: 320 });
  const response = await fetch(`${server.url}/api/media/${photo.id}/thumbnail`, { headers: { authorization: `Bearer ${owner.token}` } });
  const small = Buffer.from(await response.arrayBuffer());
  expect([response.status, response.headers.get('content-type'), (await sharp(small).metadata()).width]).toEqual([200, 'image/webp', 640]);
  const { rows } = await inOwn((trx) =>
    sql<{ plain: boolean }>`select position(${small.subarray(0, 40)} in thumbnail) > 0 as plain from media where id = ${photo.id}`.execute(trx),
  );
  expect(rows).toEqual([{ plain: false }]);
  const { body: text } = await upload('Opening hours', 'a.txt');
  expect([text.thumbnail, (await call('GET', `/media/${text.id}/thumbnail`)).status]).toEqual([null, 404]);
  const stranger = await registerPerson(server);
  expect((await call('GET', `/media/${photo.id}/thumbnail`, undefined, stranger.token)).status).toBe(404);
});

test.each([
  ['an empty file', '', 'a.png', 400],
  ['a page with a harmless name', '<!doctype html><script>alert(1)</script>', 'photo.png', 415],
  ['a drawing that may hold scripts', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'logo.svg', 415],
  ['a program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]), 'invoice.pdf', 415],
  ['bytes of no known type', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]), 'a.pdf', 415],
])('%s is refused', async (_, content, name, status) => {
  const refused = await upload(content, name);
  expect({ status: refused.status, fields: refused.body.error.fields }).toMatchObject({ status, fields: { file: expect.any(String) } });
});

test('a workspace has room for so much, and what would be more is refused before it is stored', async () => {
  const file = {
    workspaceId: owner.workspaceId,
    personId: owner.personId,
    name: 'a.pdf',
    kind: 'document',
    mimeType: 'application/pdf',
    bytes: 600,
  } as const;
  await inOwn((trx) => beginMedia(trx, file, 1000));
  await expect(inOwn((trx) => beginMedia(trx, file, 1000))).rejects.toMatchObject({ code: 'too_large' });
  const { rows } = await inOwn((trx) => sql<{ n: number }>`select count(*)::int as n from media`.execute(trx));
  expect(rows).toEqual([{ n: 1 }]);
});

test('a reply takes a file with a caption or a message that it answers, and shows both', async () => {
  const { body: file } = await upload(png, 'dot.png');
  const sent = await reply({ mediaId: file.id, text: 'Our door' });
  expect(sent).toMatchObject({ status: 202, body: { kind: 'image', text: 'Our door', media: { id: file.id, name: 'dot.png' }, status: 'planned' } });
  const [asked] = (await call('GET', `/conversations/${conversationId}/messages`)).body.rows.filter(
    (row: { direction: string }) => row.direction === 'in',
  );
  const answered = await reply({ replyTo: asked.id, text: 'At nine' });
  expect(answered.body).toMatchObject({ text: 'At nine', replyTo: { id: asked.id, direction: 'in', text: 'When do you open?' } });
  expect((await call('DELETE', `/media/${file.id}`)).body.error.code).toBe('in_use');
});

test('what the channel does not take is refused before it is queued, by the name of the rule', async () => {
  const { body: pdf } = await upload('%PDF-1.4\n%%EOF', 'a.pdf');
  const { body: large } = await upload(Buffer.concat([png, Buffer.alloc(2000)]), 'large.png');
  const { body: image } = await upload(png, 'dot.png');
  const [asked] = (await call('GET', `/conversations/${conversationId}/messages`)).body.rows;
  const refusals = [await reply({ mediaId: pdf.id }), await reply({ mediaId: large.id }), await reply({ mediaId: image.id, replyTo: asked.id })];
  refusals.push(await call('POST', `/profiles/${accountId}/send`, { to: 'bob@x.test', mediaId: pdf.id }));
  expect(refusals.map(({ status, body }) => [status, body.error.code, Object.values(body.error.fields)[0]])).toEqual([
    [422, 'send_refused', 'media_kind'],
    [422, 'send_refused', 'media_size'],
    [422, 'send_refused', 'quote_with_media'],
    [422, 'send_refused', 'media_kind'],
  ]);
  const { rows } = await inOwn((trx) => sql`select from deliveries`.execute(trx));
  expect(rows).toEqual([]);
});

test('neither a file nor a message of another workspace can be named', async () => {
  const stranger = await registerPerson(server);
  const { body: file } = await upload(png, 'dot.png');
  const [asked] = (await call('GET', `/conversations/${conversationId}/messages`)).body.rows;
  expect((await call('GET', `/media/${file.id}/file`, undefined, stranger.token)).status).toBe(404);
  owner = stranger;
  accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const sent = await call('POST', `/profiles/${accountId}/send`, { to: 'bob@x.test', mediaId: file.id });
  expect(sent.body.error).toMatchObject({ code: 'invalid_input', fields: { mediaId: 'does not exist' } });
  const campaign = await call('POST', '/campaigns', { name: 'Stolen', mediaId: file.id });
  expect(campaign.body.error).toMatchObject({ code: 'invalid_input', fields: { mediaId: 'does not exist' } });
  const people = await inOwn((trx) =>
    ingest(trx, {
      workspaceId: owner.workspaceId,
      accountId,
      now: new Date(),
      messages: [
        {
          conversation: 'c',
          peer: { kind: 'jid', value: 'c@x.test' },
          platformId: 'm',
          direction: 'in',
          kind: 'text',
          text: 'Hi',
          at: null,
          status: null,
        },
      ],
    }),
  );
  conversationId = people[0]?.conversationId ?? '';
  expect((await reply({ text: 'Hi', replyTo: asked.id })).body.error.fields).toEqual({ replyTo: 'does not exist here' });
});
