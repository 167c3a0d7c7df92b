import { pino } from 'pino';
import type { Channel } from '#core/channel.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { type GraphLab, startGraphLab } from '#lab/graph/site.ts';
import { addToken } from '#lab/graph/store.ts';
import type { Trx } from '#sql/database.ts';
import { planSend } from '#sql/deliveries.ts';
import { addPlatformAccount } from '#sql/testing/add-platform-account.ts';
import { channelsBy } from '#workers/platform-channels.ts';
import { createPlatformWork } from '#workers/platform-work.ts';
import { type LaneGround, openLaneGround, startTestCampaign } from './open-lanes.ts';
import { takeBodies } from './vault.ts';

export const ends = { number: '100200', business: '300400', page: '500600', instagram: '700800' } as const;

export type MetaLanes = Pick<LaneGround, 'base' | 'workspaceId' | 'inside' | 'states'> & {
  site: GraphLab;
  /** What a worker does for accounts at platforms. */
  work: ReturnType<typeof createPlatformWork>;
  accounts: Record<'whatsapp' | 'messenger' | 'instagram', string>;
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
  [Symbol.asyncDispose](): Promise<void>;
};

const phoneOf = (n: number): string => `+49151${1_000_000 + n}`;
const numberOf = { whatsapp: ends.number, messenger: ends.page, instagram: ends.instagram } as const;

/** A workspace with an account on each of Meta's platforms, which stand in the lab, each with its lane. Dispose of it when the file ends. */
export async function openMetaLanes(given?: LaneGround): Promise<MetaLanes> {
  const own = given ?? (await openLaneGround());
  const { base, workspaceId, sealer, inside } = own;
  const site = await startGraphLab();
  const token = fillLab(site);
  const accounts = await inside((trx) => addAccounts(trx, workspaceId));
  const connected = { sealed_token: sealer.seal(token), graph_url: site.url, graph_version: 'v25.0', app_id: site.lab.settings.appId };
  await inside((trx) => trx.updateTable('platform_accounts').set(connected).execute());
  const { appId: id, appSecret: secret } = site.lab.settings;
  const meta = { graphUrls: [site.url], graphVersion: 'v25.0', facebookApp: { id, secret }, instagramApp: null };
  const log = pino({ level: 'silent' });
  const ground = { ...own, db: base.db, meta, log, syncMinutes: 15, webhookDays: 30, stop: AbortSignal.timeout(600_000), tell: () => undefined };
  const runSlice = own.runSlices(channelsBy(ground, { email: noChannel, web: noChannel }));
  let taken = 0;
  return {
    ...own,
    work: createPlatformWork(ground),
    site,
    accounts,
    startCampaign: (count, body, extras) =>
      inside((trx) => {
        const people = { count, kind: 'phone', addressOf: phoneOf } as const;
        return startTestCampaign(trx, { workspaceId, accountIds: [accounts.whatsapp], people, content: { body, extras } });
      }),
    write: (account, to, { body, extras }) => inside((trx) => write(trx, { workspaceId, accountId: accounts[account], to, body, extras })),
    runSlice: (account) => runSlice(accounts[account]),
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
    async [Symbol.asyncDispose]() {
      await site.close();
      await own[Symbol.asyncDispose]();
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
