import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import sharp from 'sharp';
import { newHookSecret } from '#channels/hook-signature.ts';
import { saveConnection } from '#sql/connections.ts';
import { inWorkspace } from '#sql/database.ts';
import { keepChoices } from '#sql/platform-connects.ts';
import { sealTrace } from '#sql/trace.ts';
import { registerPerson, type TestServer } from './start-test-server.ts';

type Owner = Awaited<ReturnType<typeof registerPerson>>;
/** An id of each noun, by the first part of its path. */
export type OneOfEach = Record<
  | 'people'
  | 'proxies'
  | 'proxy-pools'
  | 'accounts'
  | 'profiles'
  | 'runs'
  | 'mail-accounts'
  | 'dkim-keys'
  | 'templates'
  | 'lists'
  | 'contacts'
  | 'contact-fields'
  | 'segments'
  | 'erasures'
  | 'batches'
  | 'imports'
  | 'address-rules'
  | 'campaigns'
  | 'deliveries'
  | 'blasts'
  | 'conversations'
  | 'media'
  | 'messages'
  | 'labels'
  | 'canned-answers'
  | 'saved-views'
  | 'teams'
  | 'sla-policies'
  | 'reports'
  | 'automation'
  | 'macros'
  | 'bots'
  | 'webhooks'
  | 'hooks'
  | 'hook-posts'
  | 'platforms'
  | 'platform-connects',
  string
>;

/** One row of every noun in a workspace of its own. */
export async function makeOneOfEach(server: TestServer): Promise<{ owner: Owner; ids: OneOfEach }> {
  const { owner, ids, others } = await openGround(server);
  const made: [string, string][] = [];
  for (const [noun, make] of Object.entries(others)) made.push([noun, await make()]);
  return { owner, ids: { ...ids, ...(Object.fromEntries(made) as Record<keyof typeof others, string>) } }; // It holds each of them.
}

/** Only what stands there before a campaign can go out, and a row of one more noun: a test that asks about one need not make all. */
export async function makeOneOf(server: TestServer, noun: string): Promise<{ owner: Owner; ids: Partial<OneOfEach> }> {
  const { owner, ids, others } = await openGround(server);
  const make = Object.entries(others).find(([name]) => name === noun)?.[1];
  return { owner, ids: { ...ids, ...(make && { [noun]: await make() }) } };
}

async function openGround(server: TestServer) {
  const owner = await registerPerson(server);
  const add = async (path: string, body: object): Promise<string> => {
    const reply = await server.call('POST', `/api${path}`, { token: owner.token, body });
    if (reply.status !== 201) throw new Error(`POST ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body.id;
  };
  const ask = async (path: string, body: object): Promise<string> => (await server.call('POST', `/api${path}`, { token: owner.token, body })).body.id;
  const name = `n${randomUUID()}`;
  const profiles = await add('/profiles', { name, channel: 'converse' });
  const lists = await add('/lists', { name });
  const contacts = await add(`/lists/${lists}/entries`, { name: 'Anna', jid: 'anna@example.test' });
  const template = await add('/templates', { name, body: 'Hello {{name}}' });
  const campaigns = await add('/campaigns', { name, templateId: template, senderIds: [profiles], audience: { listIds: [lists] } });
  const ids = {
    profiles,
    accounts: profiles,
    lists,
    contacts,
    campaigns,
    blasts: campaigns,
    runs: randomUUID(),
    imports: randomUUID(),
    deliveries: randomUUID(),
    conversations: randomUUID(),
    messages: randomUUID(),
    erasures: randomUUID(),
  };
  await addBySql(server, owner, ids);
  const addHook = (called: string) => add('/hooks', { name: called, url: 'https://crm.example/', kinds: ['message_added'] });
  const person = { email: `${name}@example.test`, username: name.slice(0, 20), role: 'operator', password: 'twelve letters' };
  const mail = { name: `${name}-mail`, host: 'smtp.example', port: 465, security: 'tls', fromAddress: 'a@example.test' };
  const others = {
    people: () => add('/people', person),
    'proxy-pools': () => add('/proxy-pools', { name }),
    proxies: () => add('/proxies', { name, kind: 'http', host: 'proxy.example', port: 3128 }),
    'mail-accounts': () => add('/mail-accounts', mail),
    'dkim-keys': () => add('/mail-domains/example.test/dkim-keys', {}),
    templates: () => add('/templates', { name: `${name}-2`, body: 'Hello' }),
    'contact-fields': () => add('/contact-fields', { name }),
    segments: () => add('/segments', { name, filter: { match: 'all', conditions: [{ of: 'added', is: 'within', days: 30 }] } }),
    'address-rules': () => add('/address-rules', { effect: 'deny', kind: 'email', value: 'never@example.test' }),
    media: () => addMedia(server, owner),
    labels: () => add('/labels', { name }),
    'canned-answers': () => add('/canned-answers', { shortcut: name, body: 'Hello' }),
    'saved-views': () => add('/saved-views', { name, filter: {} }),
    teams: () => add('/teams', { name }),
    reports: async () =>
      add('/reports', {
        name,
        accountId: await add('/mail-accounts', { ...mail, name: `${name}-reports` }),
        to: ['a@example.test'],
        again: { each: 'day', at: '09:00' },
      }),
    'sla-policies': () => add('/sla-policies', { name, firstMinutes: 60 }),
    automation: () => add('/automation/rules', { name: 'Answer', trigger: { on: 'message' }, acts: [{ do: 'answer', text: 'Hello' }] }),
    macros: () => add('/macros', { name, acts: [{ do: 'note', text: 'Done' }] }),
    bots: () => add('/bots', { name: 'Bot', kind: 'http', secret: newHookSecret(), settings: { url: 'https://bot.example.org/' } }),
    hooks: () => addHook(name),
    'hook-posts': async () => ask(`/hooks/${await addHook(`${name}-2`)}/test`, {}),
    batches: () => ask('/conversations/bulk', { ids: [ids.conversations], change: { priority: 'high' } }),
    webhooks: () => keepOne(server, owner),
    platforms: () => connectOne(server, owner),
    'platform-connects': () => beginOne(server, owner),
  };
  return { owner, ids, others };
}

async function addMedia(server: TestServer, { token }: Owner): Promise<string> {
  const body = new FormData();
  const picture = await sharp({ create: { width: 700, height: 10, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  body.append('file', new Blob([new Uint8Array(picture)]), 'picture.png');
  return (await server.call('POST', '/api/media', { token, body })).body.id;
}

/** A webhook that speaks of an account of this workspace. */
async function keepOne(server: TestServer, { workspaceId }: Owner): Promise<string> {
  const id = randomUUID();
  await sql`insert into webhook_deliveries (id, platform, body, digest, signed_by) values (${id}, 'messenger', '{}', '', 'META_APP_SECRET')`.execute(
    server.database.db,
  );
  await sql`select settle_webhook(${id}, ${workspaceId}, 'processed', '[]', null, now())`.execute(server.database.db);
  return id;
}

/** A page whose platform does not answer. */
async function connectOne(server: TestServer, { workspaceId }: Owner): Promise<string> {
  const externalId = randomUUID();
  const token = { sealed: server.sealer.seal('a token of nobody'), at: null, endsAt: null, dataEndsAt: null, appId: null };
  const names = { name: externalId, username: null, externalId, nodeId: externalId, businessId: null };
  const graph = { graphUrl: 'http://127.0.0.1:1', graphVersion: 'v25.0', facts: {} };
  const connection = { workspaceId, platform: 'messenger' as const, login: 'facebook' as const, ...names, ...graph, token, now: new Date() };
  return inWorkspace(server.database.db, workspaceId, (trx) => saveConnection(trx, connection));
}

/** A log-in that has brought nothing. */
async function beginOne(server: TestServer, { workspaceId, token }: Owner): Promise<string> {
  const { body } = await server.call('POST', '/api/platforms/messenger/connect', { token, body: {} });
  const choices = { sealed: server.sealer.seal('[]'), expiresAt: new Date(Date.now() + 60_000) };
  await inWorkspace(server.database.db, workspaceId, (trx) => keepChoices(trx, body.connectId, choices));
  return body.connectId;
}

type Rows = Pick<OneOfEach, 'erasures' | 'messages' | 'runs' | 'imports' | 'deliveries' | 'conversations' | 'profiles' | 'lists' | 'contacts'>;

/** What workers write. */
async function addBySql(server: TestServer, { workspaceId }: Owner, ids: Rows): Promise<void> {
  await inWorkspace(server.database.db, workspaceId, async (trx) => {
    const trace = sealTrace(server.sealer, [
      { name: 'open', startedAt: new Date().toISOString(), ms: 1, ok: true, why: null, tier: 0, keyTimes: null, image: 'aW1hZ2U=' },
    ]);
    await sql`insert into runs (id, workspace_id, account_id, flow, outcome, started_at, ended_at, sealed_trace)
      values (${ids.runs}, ${workspaceId}, ${ids.profiles}, 'send', 'done', now(), now(), ${trace})`.execute(trx);
    await sql`insert into imports (id, workspace_id, list_id, file_name, mapping, state) values (${ids.imports}, ${workspaceId}, ${ids.lists}, 'a.csv', '{}', 'done')`.execute(
      trx,
    );
    await sql`insert into erasures (id, workspace_id, contact_id, state, keeps_away, asked_at)
      values (${ids.erasures}, ${workspaceId}, ${randomUUID()}, 'done', false, now())`.execute(trx);
    await sql`insert into conversations (id, workspace_id, account_id, contact_id, peer, unread)
      values (${ids.conversations}, ${workspaceId}, ${ids.profiles}, ${ids.contacts}, 'anna@example.test', 1)`.execute(trx);
    await sql`insert into messages (id, workspace_id, account_id, conversation_id, platform_id, direction, kind, body, at)
      values (${ids.messages}, ${workspaceId}, ${ids.profiles}, ${ids.conversations}, 'm1', 'in', 'text', 'Hi', now())`.execute(trx);
    await sql`insert into deliveries (id, workspace_id, account_id, contact_id, address_kind, address, body, state, committing_at)
      values (${ids.deliveries}, ${workspaceId}, ${ids.profiles}, ${ids.contacts}, 'jid', 'anna@example.test', 'Hi', 'uncertain', now())`.execute(
      trx,
    );
  });
}
