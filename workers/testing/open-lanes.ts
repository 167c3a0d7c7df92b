import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Channel } from '#core/channel.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { databaseClock } from '#sql/clock.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { tellHostIsAlive } from '#sql/leases.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { planCampaign } from '#sql/plan.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import { Holds } from '#workers/holds.ts';
import { createLane } from '#workers/lane.ts';
import { createMediaReader } from '#workers/media.ts';
import { createRenderer } from '#workers/renderer.ts';

export type LaneGround = Awaited<ReturnType<typeof openLaneGround>>;

/** A workspace with a host that runs its lanes slice by slice. Dispose of it when the file ends. */
export async function openLaneGround() {
  const base = await createTestDatabase();
  const ground = await layLaneGround(base, await addTestWorkspace(base.db));
  const closed = async () => {
    await ground[Symbol.asyncDispose]();
    await base[Symbol.asyncDispose]();
  };
  return { ...ground, [Symbol.asyncDispose]: closed };
}

/** The same in a workspace that is there already; whoever made its database disposes of that. */
export async function layLaneGround(base: TestDatabase, workspaceId: string) {
  const boss = await openQueue(base.url, { role: 'sends', onError: () => undefined });
  const queue = createQueue(boss);
  const sealer = createSealer('a key that only tests use, nowhere else');
  const mediaStore = createMediaStore(base.db, sealer);
  const clock = databaseClock(base.db);
  await clock.settle();
  const hostId = randomUUID();
  await tellHostIsAlive(base.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
  return {
    base,
    queue,
    workspaceId,
    sealer,
    mediaStore,
    clock,
    inside,
    /** One slice of an account. */
    runSlices(channelOf: (channel: string) => Channel): (accountId: string) => Promise<void> {
      const lane = createLane({
        db: base.db,
        queue,
        hostId,
        holds: new Holds(base.db, hostId),
        channelOf,
        render: createRenderer(base.db, () => null),
        mediaOf: createMediaReader(base.db, mediaStore),
        clock,
        tell: () => undefined,
      });
      return (accountId) => lane({ workspaceId, accountId }, AbortSignal.timeout(30_000));
    },
    states: (campaignId: string): Promise<Record<string, number>> =>
      inside(async (trx) => {
        const found = await sql<{ state: string; n: number }>`
          select state, count(*)::int as n from deliveries where campaign_id = ${campaignId} group by state`.execute(trx);
        return Object.fromEntries(found.rows.map((row) => [row.state, row.n]));
      }),
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: false });
    },
  };
}

/** What the people of a campaign are written to at: `Person 1`, `Person 2` … */
type People = { count: number; kind: 'email' | 'phone'; addressOf: (n: number) => string };
type Start = {
  workspaceId: string;
  accountIds: readonly string[];
  people: People;
  content: { subject?: string; body: string; extras?: PlatformExtras | undefined };
  settings?: object;
  mediaId?: string | undefined;
};

/** A planned campaign to so many people, of whom those that are known stay as they are; running. */
export async function startTestCampaign(trx: Trx, { workspaceId, accountIds, people, content, settings = {}, mediaId }: Start): Promise<string> {
  const place = { workspace_id: workspaceId, name: randomUUID() };
  const list = await trx.insertInto('lists').values(place).returning('id').executeTakeFirstOrThrow();
  const given = Array.from({ length: people.count }, (_, at) => ({
    id: randomUUID(),
    name: `Person ${at + 1}`,
    value: people.addressOf(at + 1),
    place: at,
  }));
  await sql`
    with given as (select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as o (id uuid, name text, value text, place int)),
    fresh as (select * from given g where not exists (select from aliases al where al.kind = ${people.kind} and al.value = g.value)),
    made as (insert into contacts (id, workspace_id, name) select id, ${workspaceId}, name from fresh)
    insert into aliases (workspace_id, contact_id, kind, value) select ${workspaceId}, id, ${people.kind}, value from fresh`.execute(trx);
  await sql`
    insert into list_entries (list_id, contact_id, workspace_id) select ${list.id}, al.contact_id, ${workspaceId}
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as o (value text, place int) join aliases al on al.kind = ${people.kind} and al.value = o.value order by o.place`.execute(
    trx,
  );
  const { subject, body, extras } = content;
  const version = await trx
    .insertInto('template_versions')
    .values({ workspace_id: workspaceId, version: 1, subject, body, extras: extras ? JSON.stringify(extras) : null })
    .returning('id')
    .executeTakeFirstOrThrow();
  const campaign = await trx
    .insertInto('campaigns')
    .values({ ...place, state: 'planning', template_version_id: version.id, media_id: mediaId, settings: JSON.stringify(settings) })
    .returning('id')
    .executeTakeFirstOrThrow();
  const audience = { workspaceId, listIds: [list.id], contactIds: [], senderIds: accountIds, variables: ['name'], countryPrefixes: {} };
  await planCampaign(trx, { ...audience, campaignId: campaign.id, templateVersionId: version.id, startAt: null });
  return campaign.id;
}
