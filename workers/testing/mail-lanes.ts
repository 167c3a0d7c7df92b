import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { createEmailChannel } from '#channels/email/channel.ts';
import type { MediaStore } from '#core/media.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { databaseClock } from '#sql/clock.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { tellHostIsAlive } from '#sql/leases.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { planCampaign } from '#sql/plan.ts';
import { createQueue, openQueue, type Queue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import { Holds } from '#workers/holds.ts';
import { createLane } from '#workers/lane.ts';
import { createMediaReader } from '#workers/media.ts';
import { createRenderer } from '#workers/renderer.ts';

export type MailLanes = {
  base: TestDatabase;
  catcher: Catcher;
  queue: Queue;
  mediaStore: MediaStore;
  workspaceId: string;
  accountIds: readonly string[];
  inside<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  /** A planned campaign to person1@example.org, person2@… over all accounts; running. */
  startCampaign(people: number, settings?: object, mediaId?: string): Promise<string>;
  /** One slice of an account, as a host of its own. */
  runSlice(accountId: string): Promise<void>;
  states(campaignId: string): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A workspace with mail accounts that send to one catcher, each with its lane. Dispose of it when the file ends. */
export async function openMailLanes({ accounts, pool = 4 }: { accounts: number; pool?: number }): Promise<MailLanes> {
  const base = await createTestDatabase();
  const boss = await openQueue(base.url, { role: 'sends', onError: () => undefined });
  const queue = createQueue(boss);
  const catcher = await startCatcher();
  const workspaceId = await addTestWorkspace(base.db);
  const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
  const accountIds = await inside((trx) => addAccounts(trx, workspaceId, accounts));
  const settings = { host: '127.0.0.1', port: catcher.smtpPort, security: 'none', username: null, password: null, fromName: '', pool } as const;
  const channel = createEmailChannel({ settingsOf: async () => ({ ...settings, fromAddress: 'a@example.com' }) });
  const hostId = randomUUID();
  await tellHostIsAlive(base.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  const mediaStore = createMediaStore(base.db, createSealer('a key that only tests use, nowhere else'));
  const lane = createLane({
    db: base.db,
    queue,
    hostId,
    holds: new Holds(base.db, hostId),
    channelOf: () => channel,
    render: createRenderer(base.db, () => null),
    mediaOf: createMediaReader(base.db, mediaStore),
    clock: databaseClock(base.db),
    tell: () => undefined,
  });
  return {
    base,
    catcher,
    queue,
    mediaStore,
    workspaceId,
    accountIds,
    inside,
    startCampaign: (people, given = {}, mediaId) =>
      inside((trx) => startMailCampaign(trx, { workspaceId, accountIds, people, settings: given, ...(mediaId && { mediaId }) })),
    runSlice: (accountId) => lane({ workspaceId, accountId }, AbortSignal.timeout(30_000)),
    states: (campaignId) =>
      inside(async (trx) => {
        const found = await sql<{ state: string; n: number }>`
          select state, count(*)::int as n from deliveries where campaign_id = ${campaignId} group by state`.execute(trx);
        return Object.fromEntries(found.rows.map((row) => [row.state, row.n]));
      }),
    async [Symbol.asyncDispose]() {
      await channel.close();
      await catcher.close();
      await boss.stop({ graceful: false });
      await base[Symbol.asyncDispose]();
    },
  };
}

async function addAccounts(trx: Trx, workspaceId: string, count: number): Promise<string[]> {
  const settings = { quietHours: null, ceilings: { email: { perHour: 100_000, perRecipientPerDay: 100 } } };
  await trx
    .updateTable('workspaces')
    .set({ settings: JSON.stringify(settings) })
    .execute();
  const values = Array.from({ length: count }, (_, at) => ({
    workspace_id: workspaceId,
    channel: 'email',
    addressed_by: 'email',
    name: `mail ${at}`,
  }));
  return (await trx.insertInto('accounts').values(values).returning('id').execute()).map((row) => row.id);
}

type Start = { workspaceId: string; accountIds: readonly string[]; people: number; settings?: object; mediaId?: string };

/** A planned campaign to person1@example.org, person2@…; running. */
export async function startMailCampaign(trx: Trx, { workspaceId, accountIds, people, settings = {}, mediaId }: Start): Promise<string> {
  const place = { workspace_id: workspaceId, name: randomUUID() };
  const list = await trx.insertInto('lists').values(place).returning('id').executeTakeFirstOrThrow();
  await sql`with made as (insert into contacts (workspace_id, name) select ${workspaceId}, 'Person ' || n from generate_series(1, ${people}) n
      where not exists (select from contacts where name = 'Person ' || n) returning id, name)
    insert into aliases (workspace_id, contact_id, kind, value) select ${workspaceId}, id, 'email', replace(lower(name), ' ', '') || '@example.org' from made`.execute(
    trx,
  );
  await sql`insert into list_entries (list_id, contact_id, workspace_id) select ${list.id}, c.id, ${workspaceId}
    from generate_series(1, ${people}) n join contacts c on c.name = 'Person ' || n order by n`.execute(trx);
  const version = await trx
    .insertInto('template_versions')
    .values({ workspace_id: workspaceId, version: 1, subject: 'Hi', body: 'Hello {{name}}' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const campaign = await trx
    .insertInto('campaigns')
    .values({ ...place, state: 'planning', template_version_id: version.id, media_id: mediaId, settings: JSON.stringify(settings) })
    .returning('id')
    .executeTakeFirstOrThrow();
  await planCampaign(trx, campaign.id, {
    workspaceId,
    listIds: [list.id],
    contactIds: [],
    senderIds: accountIds,
    variables: ['name'],
    countryPrefixes: {},
    templateVersionId: version.id,
    startAt: null,
  });
  return campaign.id;
}
