import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { type Dice, diceOf } from './policy-runs.ts';

/** A workspace with accounts of every kind, their rules drawn from a seed, and a draft that goes to people over half the world. */
export type Stage = { workspaceId: string; campaignId: string; accountIds: string[]; startAt: Date };

/** Numbers of countries in different zones, as many of each as fall. */
const prefixes = ['+4915112', '+4477009', '+1202555', '+3069712', '+8190123', '+5511912'] as const;
/** A Tuesday morning in Berlin, so that two nights and a weekend can come. */
const morning = Date.parse('2027-03-02T06:10:00Z');

export async function setStage(db: Db, { seed, people }: { seed: number; people: number }): Promise<Stage> {
  const dice = diceOf(seed);
  const name = `${randomUUID()}`;
  const { rows } = await sql<{ workspace_id: string }>`
    select * from register_workspace('proof', 'Europe/Berlin', ${`${name}@example.test`}, ${name}, '', 'x')`.execute(db);
  const workspaceId = rows[0]?.workspace_id ?? '';
  const startAt = new Date(morning + Math.floor(dice.random() * 6) * 3_600_000);
  return inWorkspace(db, workspaceId, async (trx) => {
    await setRules(trx, dice);
    const accountIds = await addAccounts(trx, { workspaceId, dice, startAt });
    const campaignId = await addDraft(trx, { workspaceId, dice, accountIds, people });
    return { workspaceId, campaignId, accountIds, startAt };
  });
}

/** Half of the plans are held by ceilings and nights, the others by nothing but the pace. */
async function setRules(trx: Trx, { upTo, one, random }: Dice): Promise<void> {
  const nights = { from: one(['19:00', '20:30', '21:00']), to: one(['07:00', '08:00', '09:30']), weekdays: one([[], [7], [6, 7]]) };
  const web = { perHour: 15 + upTo(15), perDay: 60 + upTo(40), newContactsPerDay: 30 + upTo(40), perProxyPerHour: 25 + upTo(15), warmUp: true };
  const tight = { web, email: { perHour: 20 + upTo(40) }, meta: { perSecond: 1, perHour: 30 + upTo(30) } };
  const wide = {
    web: { perMinute: 10, perHour: 1000, perDay: 1000, newContactsPerDay: 1000, warmUp: false },
    email: { perMinute: 1 },
    meta: { perMinute: 1 },
  };
  const isTight = random() < 0.5;
  const settings = { quietHours: isTight ? nights : null, ceilings: isTight ? tight : wide };
  await trx
    .updateTable('workspaces')
    .set({ settings: JSON.stringify(settings) })
    .execute();
}

type Senders = { workspaceId: string; dice: Dice; startAt: Date };

/** Two profiles behind one proxy, one by itself that is new, a mail account, and two numbers of one portfolio. */
async function addAccounts(trx: Trx, { workspaceId, dice, startAt }: Senders): Promise<string[]> {
  const proxy = { workspace_id: workspaceId, name: 'one', kind: 'http', host: '127.0.0.1', port: 9 };
  const { id: proxyId } = await trx.insertInto('proxies').values(proxy).returning('id').executeTakeFirstOrThrow();
  const add = async (name: string, channel: string, addressedBy: string) => {
    const account = { workspace_id: workspaceId, channel, addressed_by: addressedBy, name };
    return (await trx.insertInto('accounts').values(account).returning('id').executeTakeFirstOrThrow()).id;
  };
  const ids: string[] = [];
  for (const [nth, isBehind] of [true, true, false].entries()) {
    const id = await add(`profile ${nth}`, 'whatsapp-web', 'phone');
    const way = isBehind ? { goes_out: 'proxy', proxy_id: proxyId } : { goes_out: 'direct' };
    await trx
      .insertInto('profiles')
      .values({ account_id: id, workspace_id: workspaceId, base_url: 'http://x/', ...way })
      .execute();
    ids.push(id);
  }
  // Those behind the proxy are on some day of their warm-up, the third has not sent yet.
  for (const id of ids.slice(0, 2)) {
    await sql`update accounts set warm_up_from = ${new Date(startAt.getTime() - dice.upTo(8) * 86_400_000)} where id = ${id}`.execute(trx);
  }
  ids.push(await add('mail', 'email', 'email'));
  for (const number of ['1', '2']) {
    const id = await add(`number ${number}`, 'whatsapp', 'phone');
    const platform = { account_id: id, workspace_id: workspaceId, platform: 'whatsapp', external_id: `${id}`, business_id: 'shop', node_id: number };
    await trx
      .insertInto('platform_accounts')
      .values({ ...platform, facts: JSON.stringify({ limit: 'TIER_50', portfolio: `shop of ${workspaceId}` }) })
      .execute();
    ids.push(id);
  }
  return ids;
}

type Draft = { workspaceId: string; dice: Dice; accountIds: readonly string[]; people: number };

async function addDraft(trx: Trx, { workspaceId, dice, accountIds, people }: Draft): Promise<string> {
  const given = Array.from({ length: people }, (_, place) => {
    const isMail = dice.random() < 0.25;
    const value = isMail ? `person${place}@example.org` : `${dice.one(prefixes)}${10_000 + place}`;
    return { id: randomUUID(), name: `Person ${place}`, kind: isMail ? 'email' : 'phone', value };
  });
  const rows = JSON.stringify(given);
  const list = await trx.insertInto('lists').values({ workspace_id: workspaceId, name: 'all' }).returning('id').executeTakeFirstOrThrow();
  await sql`
    with given as (select * from jsonb_to_recordset(${rows}::jsonb) as o (id uuid, name text, kind text, value text)),
    made as (insert into contacts (id, workspace_id, name) select id, ${workspaceId}, name from given)
    insert into aliases (workspace_id, contact_id, kind, value) select ${workspaceId}, id, kind, value from given`.execute(trx);
  await sql`
    insert into list_entries (list_id, contact_id, workspace_id) select ${list.id}, id, ${workspaceId}
      from jsonb_to_recordset(${rows}::jsonb) as o (id uuid)`.execute(trx);
  const template = await trx
    .insertInto('templates')
    .values({ workspace_id: workspaceId, name: 'Spring', version: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  const body = 'Hello {{name}}, our shop opens at nine from Monday on. Write back if we should keep your order for you.';
  await trx
    .insertInto('template_versions')
    .values({ workspace_id: workspaceId, template_id: template.id, version: 1, subject: 'Spring', body })
    .execute();
  const audience = JSON.stringify({ listIds: [list.id], contactIds: [], segmentIds: [] });
  const campaign = await trx
    .insertInto('campaigns')
    .values({ workspace_id: workspaceId, name: 'Spring', template_id: template.id, audience, settings: '{}' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('campaign_senders')
    .values(accountIds.map((account_id, place) => ({ campaign_id: campaign.id, account_id, workspace_id: workspaceId, place })))
    .execute();
  return campaign.id;
}
