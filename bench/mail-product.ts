import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { z } from 'zod';
import { signUp } from '#bin/demo/http-client.ts';
import type { Product } from '#bin/product.ts';
import type { CampaignSettings } from '#core/api/campaigns.ts';
import { importPeople } from './import-people.ts';
import { personOf, template } from './mail-texts.ts';

type Ask = { product: Product; smtpPort: number; pool: number; isSigned: boolean; signal: AbortSignal };
export type MailLeg = { sent: number; perSecond: number; mostCommitting: number };
export type MailCampaign = { name: string; accountId: string; listId: string; settings?: z.input<typeof CampaignSettings> };
/** A workspace that may send: each leg is a campaign of its own. */
export type MailSender = AsyncDisposable & {
  /** Sees everything that the database holds. */
  database: pg.Client;
  addAccount(name: string): Promise<string>;
  /** As many people of `personOf`, from the first on. */
  addList(name: string, people: number): Promise<string>;
  start(campaign: MailCampaign): Promise<string>;
  /** Waits until it is finished. */
  finish(campaignId: string): Promise<MailLeg>;
};

export const mailDomain = 'example.com';
const person = { email: 'bench@patchbay.test', password: 'bench-of-mail-by-mail', name: 'Bench', workspace: 'Bench', zone: 'UTC' };
/**
 * What limits a mail account by default, as high as the contract takes: the bench asks how fast a lane is, not how patient. The highest ceiling
 * for a minute would hold a lane after ten thousand mails, which five pairs send in less than one.
 */
const ceilings = { perHour: 100_000, perDay: 1_000_000, perRecipientPerDay: 1000 };
/** Often enough to see a group commit, seldom enough to cost the database little. */
const lookEveryMs = 15;
/** Fifty thousand signed mails on a machine that does other things as well. */
const longestMs = 1_200_000;

export async function prepareMail({ product, smtpPort, pool, isSigned, signal }: Ask): Promise<MailSender> {
  const client = await signUp(product.url, person);
  await client.changeWorkspace({ body: { settings: { quietHours: null, ceilings: { email: ceilings } } } });
  if (isSigned) await client.addDkimKey({ params: { domain: mailDomain } });
  const { id: templateId } = await client.addTemplate({ body: { name: 'bench', ...template } });
  const database = new pg.Client({ connectionString: product.databaseUrl });
  await database.connect();
  return {
    database,
    async addAccount(name) {
      const at = { useCatcher: true, host: '127.0.0.1', port: smtpPort, security: 'none', fromAddress: `bench@${mailDomain}` } as const;
      return (await client.addMailAccount({ body: { ...at, name, pool } })).id;
    },
    async addList(name, people) {
      const { id } = await client.addList({ body: { name } });
      const lines = Array.from({ length: people }, (_, nth) => `${personOf(nth).address},${personOf(nth).name}`);
      await importPeople(client, { listId: id, lines: ['email,name', ...lines], signal });
      return id;
    },
    async start({ name, accountId, listId, settings = {} }) {
      const { id } = await client.addCampaign({ body: { name, templateId, senderIds: [accountId], audience: { listIds: [listId] }, settings } });
      await client.startCampaign({ params: { id } });
      return id;
    },
    async finish(campaignId) {
      const mostCommitting = await watch(database, campaignId, signal);
      const { rows } = await database.query(
        `select count(*)::int as sent, extract(epoch from max(sent_at) - min(sent_at))::float8 as seconds from deliveries
          where campaign_id = $1 and state = 'sent'`,
        [campaignId],
      );
      return { sent: rows[0].sent, perSecond: (rows[0].sent - 1) / rows[0].seconds, mostCommitting };
    },
    [Symbol.asyncDispose]: () => database.end(),
  };
}

/** Until the campaign is finished: the most deliveries that were seen `committing` at once. */
async function watch(database: pg.Client, campaignId: string, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  let most = 0;
  while (true) {
    limit.throwIfAborted();
    // Named, so that it is planned once: what looks must cost little beside what it looks at.
    const { rows } = await database.query({
      name: 'watch',
      text: `select (select count(*)::int from deliveries where state = 'committing') as committing, (select state from campaigns where id = $1) as state`,
      values: [campaignId],
    });
    most = Math.max(most, rows[0].committing);
    if (rows[0].state === 'finished') return most;
    await wait(lookEveryMs, undefined, { signal: limit });
  }
}
