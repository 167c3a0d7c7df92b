import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { Channel } from '#core/channel.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type GraphLab, startGraphLab } from '#lab/graph/site.ts';
import { addToken } from '#lab/graph/store.ts';
import { databaseClock } from '#sql/clock.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { planSend } from '#sql/deliveries.ts';
import { tellHostIsAlive } from '#sql/leases.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { planCampaign } from '#sql/plan.ts';
import { addPlatformAccount } from '#sql/platform-accounts.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import { Holds } from '#workers/holds.ts';
import { createLane } from '#workers/lane.ts';
import { createMediaReader } from '#workers/media.ts';
import { channelsBy } from '#workers/platform-channels.ts';
import { createPlatformWork } from '#workers/platform-work.ts';
import { createRenderer } from '#workers/renderer.ts';
import { takeBodies } from './vault.ts';

export const ends = { number: '100200', business: '300400', page: '500600', instagram: '700800' } as const;

export type MetaLanes = {
  base: TestDatabase;
  site: GraphLab;
  /** What a worker does for accounts at platforms. */
  work: ReturnType<typeof createPlatformWork>;
  workspaceId: string;
  accounts: Record<'whatsapp' | 'messenger' | 'instagram', string>;
  inside<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  /** A campaign over the WhatsApp number to +49151…1, …2; planned and running. */
  startCampaign(people: number, body: string, extras?: PlatformExtras): Promise<string>;
  /** A message by hand, or an answer, to the person whom the account knows by this address. */
  write(account: keyof MetaLanes['accounts'], to: string, message: { body: string; extras?: PlatformExtras }): Promise<string>;
  runSlice(account: keyof MetaLanes['accounts']): Promise<void>;
  /** Takes in what the lab has posted since, in this order or any other. */
  takeWebhooks(): Promise<void>;
  delivery(
    id: string,
  ): Promise<{ state: string; reason: string | null; error: string | null; platform_id: string | null; wait_reason: string | null }>;
  states(campaignId: string): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
};

const phoneOf = (n: number): string => `+49151${1_000_000 + n}`;
const numberOf = { whatsapp: ends.number, messenger: ends.page, instagram: ends.instagram } as const;

/** A workspace with an account on each of Meta's platforms, which stand in the lab, each with its lane. Dispose of it when the file ends. */
export async function openMetaLanes(): Promise<MetaLanes> {
  const base = await createTestDatabase();
  const boss = await openQueue(base.url, { role: 'sends', onError: () => undefined });
  const site = await startGraphLab();
  const workspaceId = await addTestWorkspace(base.db);
  const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
  const token = fillLab(site);
  const sealer = createSealer('a key that only tests use, nowhere else');
  const accounts = await inside((trx) => addAccounts(trx, workspaceId));
  const connected = { sealed_token: sealer.seal(token), graph_url: site.url, graph_version: 'v25.0', app_id: site.lab.settings.appId };
  await inside((trx) => trx.updateTable('platform_accounts').set(connected).execute());
  const hostId = randomUUID();
  await tellHostIsAlive(base.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  const clock = databaseClock(base.db);
  await clock.settle();
  const { appId: id, appSecret: secret } = site.lab.settings;
  const meta = { graphUrls: [site.url], graphVersion: 'v25.0', facebookApp: { id, secret }, instagramApp: null };
  const mediaStore = createMediaStore(base.db, sealer);
  const queue = createQueue(boss);
  const log = pino({ level: 'silent' });
  const ground = {
    db: base.db,
    sealer,
    meta,
    clock,
    mediaStore,
    queue,
    log,
    syncMinutes: 15,
    stop: AbortSignal.timeout(600_000),
    tell: () => undefined,
  };
  const lane = createLane({
    db: base.db,
    queue,
    hostId,
    holds: new Holds(base.db, hostId),
    channelOf: channelsBy(ground, { email: noChannel, web: noChannel }),
    render: createRenderer(base.db, () => null),
    mediaOf: createMediaReader(base.db, mediaStore),
    clock,
    tell: () => undefined,
  });
  let taken = 0;
  return {
    work: createPlatformWork(ground),
    base,
    site,
    workspaceId,
    accounts,
    inside,
    startCampaign: (people, body, extras) => inside((trx) => addCampaign(trx, { workspaceId, accountId: accounts.whatsapp, people, body, extras })),
    write: (account, to, { body, extras }) => inside((trx) => write(trx, { workspaceId, accountId: accounts[account], to, body, extras })),
    runSlice: (account) => lane({ workspaceId, accountId: accounts[account] }, AbortSignal.timeout(30_000)),
    async takeWebhooks() {
      const fresh = site.lab.webhooks.slice(taken);
      taken = site.lab.webhooks.length;
      await takeBodies(base.db, fresh);
    },
    delivery: (id) =>
      inside((trx) =>
        trx
          .selectFrom('deliveries')
          .select(['state', 'reason', 'error', 'platform_id', 'wait_reason'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow(),
      ),
    states: (campaignId) =>
      inside(async (trx) => {
        const found = await sql<{ state: string; n: number }>`
          select state, count(*)::int as n from deliveries where campaign_id = ${campaignId} group by state`.execute(trx);
        return Object.fromEntries(found.rows.map((row) => [row.state, row.n]));
      }),
    async [Symbol.asyncDispose]() {
      await site.close();
      await boss.stop({ graceful: false });
      await base[Symbol.asyncDispose]();
    },
  };
}

function fillLab({ lab }: GraphLab): string {
  lab.businesses.set(ends.business, { id: ends.business, portfolioId: '1', name: 'Shop', peoplePerDay: null });
  lab.numbers.set(ends.number, { id: ends.number, businessId: ends.business, display: '+1 555 010 0000', name: 'Shop', perSecond: 80 });
  lab.pages.set(ends.page, { id: ends.page, name: 'Shop', instagramId: null });
  lab.instagrams.set(ends.instagram, { id: ends.instagram, username: 'shop', byInstagram: true });
  const components = [{ type: 'BODY', text: 'Hello {{1}}, your order is ready.' }];
  const template = { id: '900', businessId: ends.business, name: 'ready', language: 'en_US', category: 'MARKETING', components } as const;
  lab.templates.set(template.id, { ...template, components: [...components], status: 'APPROVED', rejectedReason: null });
  return addToken(lab, { kind: 'system' }).token;
}

/** Nothing else may send here. */
const noChannel: Channel = {
  capabilities: () => Promise.reject(new Error('not an official platform')),
  send: () => Promise.reject(new Error('not an official platform')),
  confirm: () => Promise.reject(new Error('not an official platform')),
  read: () => Promise.reject(new Error('not an official platform')),
  check: () => Promise.reject(new Error('not an official platform')),
};

async function addAccounts(trx: Trx, workspaceId: string): Promise<MetaLanes['accounts']> {
  const settings = JSON.stringify({ quietHours: null, ceilings: { meta: { perRecipientPerDay: 100 } } });
  await trx.updateTable('workspaces').set({ settings }).execute();
  const add = (platform: keyof typeof numberOf, businessId?: string) =>
    addPlatformAccount(trx, { workspaceId, platform, name: platform, externalId: numberOf[platform], ...(businessId && { businessId }) });
  return { whatsapp: await add('whatsapp', ends.business), messenger: await add('messenger'), instagram: await add('instagram') };
}

type Written = { workspaceId: string; accountId: string; to: string; body: string; extras: PlatformExtras | undefined };

async function write(trx: Trx, { workspaceId, accountId, to, body, extras }: Written): Promise<string> {
  const addressKind = to.startsWith('+') ? 'phone' : 'scoped_id';
  const known = await trx.selectFrom('aliases').select('contact_id').where('kind', '=', addressKind).where('value', '=', to).executeTakeFirst();
  const planned = { workspaceId, accountId, contactId: known?.contact_id ?? null, addressKind, address: to, name: '', body, priority: 0 };
  return (await planSend(trx, { ...planned, extras: extras ?? null })).id;
}

type Start = { workspaceId: string; accountId: string; people: number; body: string; extras: PlatformExtras | undefined };

async function addCampaign(trx: Trx, { workspaceId, accountId, people, body, extras }: Start): Promise<string> {
  const place = { workspace_id: workspaceId, name: randomUUID() };
  const list = await trx.insertInto('lists').values(place).returning('id').executeTakeFirstOrThrow();
  for (let n = 1; n <= people; n += 1) {
    const value = phoneOf(n);
    const known = await trx.selectFrom('aliases').select('contact_id').where('value', '=', value).executeTakeFirst();
    const contact = { workspace_id: workspaceId, name: `Person ${n}` };
    const contactId = known?.contact_id ?? (await trx.insertInto('contacts').values(contact).returning('id').executeTakeFirstOrThrow()).id;
    const alias = { workspace_id: workspaceId, contact_id: contactId, kind: 'phone', value };
    if (!known) await trx.insertInto('aliases').values(alias).execute();
    await trx.insertInto('list_entries').values({ list_id: list.id, contact_id: contactId, workspace_id: workspaceId }).execute();
  }
  const version = await trx
    .insertInto('template_versions')
    .values({ workspace_id: workspaceId, version: 1, body, extras: extras ? JSON.stringify(extras) : null })
    .returning('id')
    .executeTakeFirstOrThrow();
  const campaign = await trx
    .insertInto('campaigns')
    .values({ ...place, state: 'planning', template_version_id: version.id, settings: '{}' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const audience = { workspaceId, listIds: [list.id], contactIds: [], senderIds: [accountId], variables: ['name'], countryPrefixes: {} };
  await planCampaign(trx, campaign.id, { ...audience, templateVersionId: version.id, startAt: null });
  return campaign.id;
}
