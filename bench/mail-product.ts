import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { signUp } from '#bin/demo/http-client.ts';
import { until } from '#bin/demo/until.ts';
import type { Product } from '#bin/product.ts';
import type { Client } from '#core/api/client.ts';
import { personOf, template } from './mail-texts.ts';

type Ask = { product: Product; smtpPort: number; pool: number; people: number; isSigned: boolean; signal: AbortSignal };
export type MailLeg = { perSecond: number; mostCommitting: number };
/** A workspace that may send: each leg is a campaign of its own to the same list. */
export type MailSender = AsyncDisposable & { run(name: string): Promise<MailLeg> };

const person = { email: 'bench@patchbay.test', password: 'bench-of-mail-by-mail', name: 'Bench', workspace: 'Bench', zone: 'UTC' };
/**
 * What limits a mail account by default, as high as the contract takes: the bench asks how fast a lane is, not how patient. The highest ceiling
 * for a minute would hold a lane after ten thousand mails, which five pairs send in less than one.
 */
const ceilings = { perHour: 100_000, perDay: 1_000_000, perRecipientPerDay: 1000 };
/** Often enough to see a group commit, seldom enough to cost the database little. */
const lookEveryMs = 15;

export async function prepareMail({ product, smtpPort, pool, people, isSigned, signal }: Ask): Promise<MailSender> {
  const client = await signUp(product.url, person);
  await client.changeWorkspace({ body: { settings: { quietHours: null, ceilings: { email: ceilings } } } });
  const account = { name: 'mail', useCatcher: true, host: '127.0.0.1', port: smtpPort, security: 'none', fromAddress: 'bench@example.com' } as const;
  const { id: senderId } = await client.addMailAccount({ body: { ...account, pool } });
  if (isSigned) await client.addDkimKey({ params: { domain: 'example.com' } });
  const { id: templateId } = await client.addTemplate({ body: { name: 'bench', ...template } });
  const { id: listId } = await client.addList({ body: { name: 'bench' } });
  await addPeople(client, listId, people, signal);
  const watcher = new pg.Client({ connectionString: product.databaseUrl });
  await watcher.connect();
  const run = async (name: string): Promise<MailLeg> => {
    const campaign = await client.addCampaign({ body: { name, templateId, senderIds: [senderId], audience: { listIds: [listId] } } });
    await client.startCampaign({ params: { id: campaign.id } });
    const mostCommitting = await watch(watcher, campaign.id, signal);
    const { rows } = await watcher.query(
      `select count(*)::int as sent, extract(epoch from max(sent_at) - min(sent_at))::float8 as seconds from deliveries
        where campaign_id = $1 and state = 'sent'`,
      [campaign.id],
    );
    if (rows[0].sent !== people) throw new Error(`only ${rows[0].sent} of ${people} mails were sent`);
    return { perSecond: (people - 1) / rows[0].seconds, mostCommitting };
  };
  return { run, [Symbol.asyncDispose]: () => watcher.end() };
}

/** Until the campaign is finished: the most deliveries that were seen `committing` at once. */
async function watch(watcher: pg.Client, campaignId: string, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(300_000)]);
  let most = 0;
  while (true) {
    limit.throwIfAborted();
    const { rows } = await watcher.query(
      `select (select count(*)::int from deliveries where state = 'committing') as committing, (select state from campaigns where id = $1) as state`,
      [campaignId],
    );
    most = Math.max(most, rows[0].committing);
    if (rows[0].state === 'finished') return most;
    await wait(lookEveryMs, undefined, { signal: limit });
  }
}

async function addPeople(client: Client, listId: string, people: number, signal: AbortSignal): Promise<void> {
  const rows = ['email,name', ...Array.from({ length: people }, (_, nth) => `${personOf(nth).address},${personOf(nth).name}`)];
  const started = await client.startImport({ params: { id: listId }, body: {}, file: { name: 'people.csv', content: new Blob([rows.join('\n')]) } });
  const done = await until(
    'The import',
    async () => {
      const now = await client.readImport({ params: { id: started.id } });
      return now.state === 'running' ? null : now;
    },
    { seconds: 120, signal },
  );
  if (done.added !== people) throw new Error(`only ${done.added} of ${people} people were imported`);
}
