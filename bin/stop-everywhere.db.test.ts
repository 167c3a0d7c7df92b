import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AddressKind } from '#core/channel.ts';
import { registerPerson, startTestServer, type TestServer } from '#server/testing/start-test-server.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { writeLedger } from '#sql/deliveries.ts';
import { acquireLease, tellHostIsAlive } from '#sql/leases.ts';
import { planCampaign } from '#sql/plan.ts';
import { findActTarget } from '#sql/platform-acts.ts';
import { planAgain, planSecondTries, planUnheard } from '#sql/try-again.ts';
import { takeIn } from '#workers/take-in.ts';

/** The channels, and what people are addressed by there. */
const channels = {
  email: 'email',
  converse: 'jid',
  'whatsapp-web': 'phone',
  'telegram-web': 'handle',
  'whatsapp-cloud': 'phone',
  messenger: 'scoped_id',
  instagram: 'scoped_id',
} as const satisfies Record<string, AddressKind>;
type Channel = keyof typeof channels;
const channelNames = Object.keys(channels) as Channel[]; // Object.keys widens the names of a constant to string.
/** What an address may be typed as; the other channels are only answered in. */
const typed: ReadonlySet<Channel> = new Set(['email', 'converse', 'whatsapp-web', 'telegram-web', 'whatsapp-cloud']);
/** A word and politeness for it in each of the twelve languages. */
const words = [
  ['stop', 'please'],
  ['baja', 'por favor'],
  ['sair', 'obrigado'],
  ['abmelden', 'bitte'],
  ['arrêt', 'svp'],
  ['basta', 'grazie'],
  ['отписаться', 'пожалуйста'],
  ['berhenti', 'tolong'],
  ['durdur', 'lütfen'],
  ['बंद करो', 'कृपया'],
  ['إيقاف', 'شكرا'],
  ['退订', '谢谢'],
] as const;
const ask = fc
  .record({
    word: fc.constantFrom(...words),
    kind: fc.constantFrom('as it is', 'upper', 'capital'),
    polite: fc.constantFrom('no', 'before', 'after'),
    sign: fc.constantFrom('', '!', '!!!', '.', ' 🛑', ' 🙏🙏', '…'),
  })
  .map(({ word: [word, please], kind, polite, sign }) => {
    const cased = { 'as it is': word, upper: word.toUpperCase(), capital: (word[0] ?? '').toUpperCase() + word.slice(1) }[kind];
    return `${polite === 'before' ? `${please} ` : ''}${cased}${polite === 'after' ? ` ${please}` : ''}${sign}`;
  });

let server: TestServer;
let ann: Awaited<ReturnType<typeof registerPerson>>;
let versionId: string;
const hostId = randomUUID();
const accounts = new Map<Channel, string>();
beforeAll(async () => {
  server = await startTestServer();
  ann = await registerPerson(server);
  await tellHostIsAlive(server.database.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  await inside(async (trx) => {
    const place = { workspace_id: ann.workspaceId };
    for (const channel of channelNames) {
      const account = { ...place, channel, addressed_by: channels[channel], name: channel };
      accounts.set(channel, (await trx.insertInto('accounts').values(account).returning('id').executeTakeFirstOrThrow()).id);
    }
    const version = { ...place, version: 1, body: 'Hello' };
    versionId = (await trx.insertInto('template_versions').values(version).returning('id').executeTakeFirstOrThrow()).id;
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(server.database.db, ann.workspaceId, work);
const post = (path: string, body: object) => server.call('POST', `/api${path}`, { token: ann.token, body });
const accountOf = (channel: Channel) => accounts.get(channel) ?? '';

type Person = { id: string; addresses: Record<Channel, string>; talks: Map<Channel, string> };
let people = 0;

/** Somebody with an address on each channel who has talked on all of them, with sends in every state that may still lead to one. */
async function addPerson(): Promise<Person> {
  people += 1;
  const nth = String(people).padStart(6, '0');
  const addresses = {
    ...{ email: `p${nth}@example.test`, converse: `p${nth}@chat.example.test`, 'whatsapp-web': `+4915112${nth}`, 'telegram-web': `person_${nth}` },
    ...{ 'whatsapp-cloud': `+4915112${nth}`, messenger: `m${nth}`, instagram: `i${nth}` },
  };
  return inside(async (trx) => {
    const { id } = await trx.insertInto('contacts').values({ workspace_id: ann.workspaceId, name: nth }).returning('id').executeTakeFirstOrThrow();
    const aliases = new Map(channelNames.map((channel) => [addresses[channel], channels[channel]]));
    const rows = [...aliases].map(([value, kind]) => ({ workspace_id: ann.workspaceId, contact_id: id, kind, value }));
    await trx.insertInto('aliases').values(rows).execute();
    const talks = new Map<Channel, string>();
    for (const channel of channelNames) {
      talks.set(channel, (await hear(trx, { channel, address: addresses[channel], text: 'Hello' }))[0]?.conversationId ?? '');
      await sql`
        insert into deliveries (workspace_id, account_id, contact_id, address_kind, address, body, state, reason, fence, wait_until)
        select ${ann.workspaceId}, ${accountOf(channel)}, ${id}, ${channels[channel]}, ${addresses[channel]}, 'Hi', state,
               case when state = 'failed' then 'platform_failed' end, case when state = 'claimed' then 1 end, case when state = 'uncertain' then now() - interval '1 hour' end
          from unnest(array['planned', 'claimed', 'uncertain', 'failed']) state`.execute(trx);
    }
    return { id, addresses, talks };
  });
}
function hear(trx: Trx, { channel, address, text }: { channel: Channel; address: string; text: string }) {
  const peer = { kind: channels[channel], value: address };
  const message = {
    conversation: address,
    peer,
    platformId: randomUUID(),
    direction: 'in' as const,
    kind: 'text' as const,
    text,
    at: new Date(),
    status: null,
  };
  return takeIn(trx, { workspaceId: ann.workspaceId, accountId: accountOf(channel), messages: [message], now: new Date() });
}

/** Takes every way there is to send to somebody, and answers those that were open. */
async function tryEverything({ id, addresses, talks }: Person): Promise<string[]> {
  const open: string[] = [];
  const place = { workspaceId: ann.workspaceId };
  const deliveries = await inside((trx) => trx.selectFrom('deliveries').select(['id', 'state']).where('contact_id', '=', id).execute());
  for (const channel of channelNames) {
    const conversationId = talks.get(channel) ?? '';
    const replied = await post('/messages', { conversationId, text: 'Hi' });
    if (replied.status === 202) open.push(`${channel}: an answer`);
    const written = typed.has(channel) ? await post('/messages', { accountId: accountOf(channel), to: addresses[channel], text: 'Hi' }) : replied;
    if (written !== replied && written.status === 202) open.push(`${channel}: a message`);
    for (const { body } of [replied, written]) if (body.error) expect(body.error.message).toMatch(/asked not to be written to/);
    for (const act of [{ is: 'typing' as const }, { is: 'react' as const, messageId: randomUUID(), emoji: '👍' }])
      if (await inside((trx) => findActTarget(trx, { conversationId, act }))) open.push(`${channel}: ${act.is}`);
    await inside(async (trx) => {
      const campaign = { workspace_id: ann.workspaceId, name: randomUUID(), state: 'planning', template_version_id: versionId };
      const made = await trx.insertInto('campaigns').values(campaign).returning('id').executeTakeFirstOrThrow();
      const audience = { listIds: [], contactIds: [id], senderIds: [accountOf(channel)], variables: [], countryPrefixes: {} };
      const lanes = await planCampaign(trx, { ...place, ...audience, campaignId: made.id, templateVersionId: versionId, startAt: null });
      if (lanes.length > 0) open.push(`${channel}: a campaign`);
      await planUnheard(trx, { ...place, accountId: accountOf(channel), now: new Date() });
      await planSecondTries(trx, { ...place, accountId: accountOf(channel), now: new Date() });
    });
  }
  const again = { reason: 'platform', error: 'busy', until: new Date() };
  for (const { id: deliveryId } of deliveries.filter(({ state }) => state === 'failed'))
    await inside((trx) => planAgain(trx, { ...place, ...again, deliveryId }));
  for (const one of deliveries.filter(({ state }) => state === 'uncertain'))
    if ((await post(`/deliveries/${one.id}/resolve`, { as: 'send_again' })).status === 200) open.push('uncertain, sent again');
  const { rows: waiting } = await inside((trx) =>
    sql<{
      state: string;
    }>`select distinct state from deliveries where contact_id = ${id} and confirms is null and state in ('planned', 'claimed', 'committing')`.execute(
      trx,
    ),
  );
  open.push(...waiting.map(({ state }) => `still ${state}`));
  return [...open, ...(await commitAll(id))];
}

/** As a lane would that had claimed them all: the last door. */
async function commitAll(contactId: string): Promise<string[]> {
  const gone: string[] = [];
  for (const channel of channelNames) {
    const accountId = accountOf(channel);
    const lease = await acquireLease(server.database.db, { workspaceId: ann.workspaceId, accountId, hostId });
    const fence = lease?.fence ?? 0;
    const { rows } = await inside((trx) =>
      sql<{
        id: string;
      }>`update deliveries set state = 'claimed', fence = ${fence} where contact_id = ${contactId} and account_id = ${accountId} and confirms is null returning id`.execute(
        trx,
      ),
    );
    const commits = rows.map(({ id }) => ({ id, anchor: null, isNewContact: false }));
    const page = { workspaceId: ann.workspaceId, accountId, outcomes: [], commits, limits: [], now: new Date() };
    const passed = await writeLedger(server.database.db, { ...page, lease: { hostId, fence, marginSeconds: 1 } });
    gone.push(...[...passed].filter(([, { is }]) => is === 'go').map(() => `${channel}: committed`));
  }
  return gone;
}

test('whoever has said nothing can be written to in all of these ways', async () => {
  const open = await tryEverything(await addPerson());
  const ways = new Set(open.map((way) => way.replace(/^.*: /, '')));
  expect([...ways].toSorted()).toEqual([
    'a campaign',
    'a message',
    'an answer',
    'committed',
    'react',
    'still claimed',
    'still planned',
    'typing',
    'uncertain, sent again',
  ]);
});

test('after STOP in any of twelve languages, on any channel, nothing leaves on any', async () => {
  await fc.assert(
    fc.asyncProperty(ask, fc.constantFrom(...channelNames), async (text, channel) => {
      const person = await addPerson();
      await inside((trx) => hear(trx, { channel, address: person.addresses[channel], text }));
      expect([text, await tryEverything(person)]).toEqual([text, []]);
    }),
    { numRuns: 5 },
  );
}, 120_000);

const planned = (contactId: string) =>
  inside((trx) =>
    trx.selectFrom('deliveries').select(['id', 'body', 'account_id']).where('contact_id', '=', contactId).where('state', '=', 'planned').execute(),
  );
const commit = (id: string) => inside((trx) => sql`update deliveries set state = 'committing' where id = ${id}`.execute(trx));

test('a stop is confirmed once, in its language and where it was said; a second word and another person’s stop let nothing out', async () => {
  const person = await addPerson();
  const address = person.addresses['whatsapp-cloud'];
  for (const text of ['отписаться', 'STOP']) await inside((trx) => hear(trx, { channel: 'whatsapp-cloud', address, text }));
  const [one, ...others] = await planned(person.id);
  expect([one?.body, one?.account_id, others]).toEqual(['Мы больше не будем вам писать.', accountOf('whatsapp-cloud'), []]);
  await commit(one?.id ?? '');
  const next = await addPerson();
  await inside((trx) => hear(trx, { channel: 'email', address: next.addresses.email, text: 'stop' }));
  await inside((trx) => sql`delete from deliveries where contact_id = ${person.id}`.execute(trx));
  const borrowed = sql`update deliveries set state = 'committing', confirms = (select id from suppressions where contact_id = ${person.id})
    where contact_id = ${next.id} and confirms is not null`;
  await expect(inside((trx) => borrowed.execute(trx))).rejects.toThrow(/wants no messages/);
});

test('words that only may ask for it mark the conversation for a person, once, and suppress nobody', async () => {
  const person = await addPerson();
  const talk = { channel: 'email', address: person.addresses.email } as const;
  for (const text of ["don't stop", 'unsubcribe']) await inside((trx) => hear(trx, { ...talk, text }));
  const { body } = await server.call('GET', `/api/conversations/${person.talks.get('email')}`, { token: ann.token });
  expect([body.suppressedAt, body.labelIds?.length ?? body.labels?.length]).toEqual([null, 1]);
  const { rows } = (await server.call('GET', '/api/labels', { token: ann.token })).body;
  expect(rows).toMatchObject([{ name: 'STOP?', colour: 'amber' }]);
});
