import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Channel } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { createPace, PaceSettings } from '#core/pace.ts';
import { ceilingKindOf } from '#core/policy.ts';
import { outlineOf } from '#core/simulation-outline.ts';
import { draw } from '#server/simulated-lanes.ts';
import { readRun } from '#server/simulation.ts';
import { audienceAskOf } from '#sql/audience.ts';
import { readCampaign, setCampaignState } from '#sql/campaigns.ts';
import { currentVersion } from '#sql/current-version.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { setBell } from '#sql/lane.ts';
import { tellHostIsAlive } from '#sql/leases.ts';
import { planCampaign } from '#sql/plan.ts';
import type { Queue } from '#sql/queue.ts';
import { Holds } from '#workers/holds.ts';
import { createLane } from '#workers/lane.ts';
import { createRenderer } from '#workers/renderer.ts';
import { diceOf } from './policy-runs.ts';
import { type Stage, setStage } from './simulation-stage.ts';

type Bases = { db: Db; queue: Queue };
/** How far the drawn times may lie from the real ones, as a share of the time that passes. */
const mostWrong = 0.1;
const shares = [0.25, 0.5, 0.75] as const;
const humanPace = PaceSettings.parse({});

/**
 * One plan, drawn beforehand, then sent through the real lanes, ledger and Postgres; each lane's clock is given and jumps, the messenger is a
 * stand-in that takes a person's time. What was drawn before the start has to name the quarters, and what is drawn at each quarter the end.
 */
export async function compareWithRun({ db, queue }: Bases, { seed, people }: { seed: number; people: number }): Promise<string[]> {
  const stage = await setStage(db, { seed, people });
  const { workspaceId, campaignId, startAt } = stage;
  const drawAt = async (now: Date) => {
    const run = await inWorkspace(db, workspaceId, (trx) => readRun(trx, { workspaceId, id: campaignId, now }));
    const drawn = await draw(run.lanes, { now, signal: AbortSignal.timeout(60_000) });
    return outlineOf(drawn, stage.accountIds);
  };
  const before = await drawAt(startAt);
  await plan(db, stage);
  const ends: { share: number; now: number; drawn: number }[] = [];
  const sent = await runLanes({ db, queue }, stage, async (sentAt, now) => {
    const share = shares[ends.length];
    if (share === undefined || sentAt.length < share * before.going) return;
    const rest = await drawAt(new Date(now));
    ends.push({ share, now, drawn: rest.quarters.at(-1)?.at.getTime() ?? 0 });
  });
  const last = sent.at(-1) ?? 0;
  const problems = before.going === sent.length ? [] : [`${before.going} were drawn and ${sent.length} went`];
  const errors = [
    ...shares.map((share, nth) => ({
      what: `${share * 100} % done`,
      off: Math.abs((before.quarters[nth]?.at.getTime() ?? 0) - (sent[Math.ceil(share * sent.length) - 1] ?? 0)),
      of: (sent[Math.ceil(share * sent.length) - 1] ?? 0) - startAt.getTime(),
    })),
    ...ends.map(({ share, now, drawn }) => ({ what: `end as drawn at ${share * 100} %`, off: Math.abs(drawn - last), of: last - now })),
  ];
  for (const { what, off, of } of errors) if (off > of * mostWrong) problems.push(`${what}: wrong by ${percent(off, of)} of ${hours(of)} h`);
  const told = errors.map(({ what, off, of }) => `${what} ${percent(off, of)}`).join(', ');
  console.log(`plan ${seed}: ${sent.length} messages in ${hours(last - startAt.getTime())} h; wrong by: ${told}`);
  return problems.map((problem) => `plan ${seed}: ${problem}`);
}

const hours = (ms: number): string => (ms / 3_600_000).toFixed(1);
const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;

async function plan(db: Db, { workspaceId, campaignId, startAt }: Stage): Promise<void> {
  await inWorkspace(db, workspaceId, async (trx) => {
    const campaign = await readCampaign(trx, campaignId);
    const version = await currentVersion(trx, campaign.templateId ?? '');
    await trx.updateTable('campaigns').set({ template_version_id: version.id }).where('id', '=', campaignId).execute();
    await setCampaignState(trx, { workspaceId, id: campaignId, state: 'planning' });
    const ask = await audienceAskOf(trx, { ...campaign.audience, workspaceId, senderIds: campaign.senderIds, variables: ['name'] });
    const lanes = await planCampaign(trx, { ...ask, campaignId, templateVersionId: version.id, startAt });
    for (const accountId of lanes) await setBell(trx, accountId, startAt);
  });
}

/** Rings each lane at the time of its bell, the earliest first, until the campaign is done; answers when each message went. */
async function runLanes({ db, queue }: Bases, stage: Stage, onSent: (sentAt: readonly number[], now: number) => Promise<void>): Promise<number[]> {
  const { workspaceId, campaignId } = stage;
  const hostId = randomUUID();
  await tellHostIsAlive(db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  const clocks = new Map<string, number>();
  const sentAt: number[] = [];
  const lanes = new Map(stage.accountIds.map((id) => [id, laneOn(db, { queue, hostId, id, clocks, sentAt })]));
  for (;;) {
    const bell = await nextBell(db, stage);
    if (!bell) break;
    clocks.set(bell.accountId, Math.max(bell.at, clocks.get(bell.accountId) ?? 0));
    await lanes.get(bell.accountId)?.({ workspaceId, accountId: bell.accountId }, AbortSignal.timeout(60_000));
    await onSent(sentAt, bell.at);
  }
  const { state } = await inWorkspace(db, workspaceId, (trx) => readCampaign(trx, campaignId));
  if (state !== 'finished') throw new Error(`The campaign is ${state} when no bell is left.`);
  return sentAt.toSorted((a, b) => a - b);
}

async function nextBell(db: Db, { workspaceId }: Stage): Promise<{ accountId: string; at: number } | null> {
  const { rows } = await inWorkspace(db, workspaceId, (trx) =>
    sql<{ id: string; at: Date }>`select id, bell_at as at from accounts where bell_at is not null order by bell_at, id limit 1`.execute(trx),
  );
  return rows[0] ? { accountId: rows[0].id, at: rows[0].at.getTime() } : null;
}

type On = { queue: Queue; hostId: string; id: string; clocks: Map<string, number>; sentAt: number[] };

/** The real lane of one account, on a clock of its own: a send takes its time on that clock and none of ours. */
function laneOn(db: Db, { queue, hostId, id, clocks, sentAt }: On) {
  const now = () => clocks.get(id) ?? 0;
  return createLane({
    db,
    queue,
    hostId,
    holds: new Holds(db, hostId),
    channelOf: (channel) =>
      standIn(
        channel,
        (ms) => {
          clocks.set(id, now() + ms);
          return now();
        },
        sentAt,
      ),
    render: createRenderer(db, () => null),
    mediaOf: () => Promise.reject(new Failure('not_found')),
    clock: { now: () => new Date(now()), settle: async () => undefined },
    tell: () => undefined,
  });
}

/** Takes what a person takes at their pace in a browser, a fifth of a second at an API, and a moment by mail. */
function standIn(channel: string, pass: (ms: number) => number, sentAt: number[]): Channel {
  const kind = ceilingKindOf(channel);
  const capabilities = {
    addressedBy: kind === 'email' ? ('email' as const) : ('phone' as const),
    reports: ['sent' as const],
    canConfirm: false,
    canRead: false,
    parallel: kind === 'email' ? 4 : 1,
    ...(kind === 'meta' && { isSteady: true as const }),
    maxTextLength: 10_000,
  };
  const nothing = () => Promise.reject(new Error('nothing asks this here'));
  return {
    capabilities: async () => capabilities,
    async send(_account, { deliveryId, to, text, commit }) {
      const { random } = diceOf(Number.parseInt(deliveryId.slice(0, 8), 16));
      const { inside, prove } = takenBy(kind, { deliveryId, text, random });
      pass(inside);
      await commit(null);
      const at = pass(prove);
      sentAt.push(at);
      return { is: 'sent', platformId: deliveryId, at: new Date(at), conversation: to.value };
    },
    confirm: nothing,
    read: nothing,
    check: nothing,
  } as Channel; // The lane of a campaign asks for nothing else.
}

function takenBy(kind: 'web' | 'email' | 'meta', { deliveryId, text, random }: { deliveryId: string; text: string; random: () => number }) {
  if (kind !== 'web') return { inside: 0, prove: kind === 'email' ? 5 + 30 * random() : 100 + 300 * random() };
  const pace = createPace({ seed: deliveryId, settings: humanPace });
  const typing = pace.typing(text).reduce((sum, ms) => sum + ms, 0);
  return { inside: 2000 + 3000 * random() + pace.before('open') + typing + pace.before('commit'), prove: 500 + 1500 * random() };
}
