import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Limit, limitsOf, type UseKind } from '#core/policy.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { type Commit, type Committed, settleDeliveries, writeLedger } from '#sql/deliveries.ts';
import { type Asked, fullLimits, type Noted, overfull } from './policy-oracle.ts';
import { type Dice, diceOf, randomCeilings } from './policy-runs.ts';

/** A workspace with two profiles behind one proxy, and messages of both to the same few people, all claimed. */
type Stage = { workspaceId: string; proxyId: string; lanes: Lane[]; limits: Limit[] };
type Lane = { accountId: string; hostId: string; left: Message[] };
type Message = { id: string; commit: Commit; asked: Asked };
type Bases = { admin: pg.Client; db: Db };

const people = 3;
const perLane = 24;
const dawn = Date.parse('2026-06-03T00:00:00Z');

async function setTheStage({ admin }: Bases, dice: Dice): Promise<Stage> {
  const workspaceId = randomUUID();
  const proxyId = randomUUID();
  await admin.query(`insert into workspaces (id, name) values ($1, 'proof')`, [workspaceId]);
  await admin.query(`insert into proxies (id, workspace_id, name, kind, host, port) values ($1, $2, 'one', 'http', '127.0.0.1', 9)`, [
    proxyId,
    workspaceId,
  ]);
  const lanes: Lane[] = [];
  for (const name of ['left', 'right']) {
    const lane = { accountId: randomUUID(), hostId: randomUUID(), left: [] as Message[] };
    await admin.query(`insert into accounts (id, workspace_id, channel, name, addressed_by) values ($1, $2, 'whatsapp-web', $3, 'phone')`, [
      lane.accountId,
      workspaceId,
      name,
    ]);
    await admin.query(`insert into profiles (account_id, workspace_id, goes_out, proxy_id, base_url) values ($1, $2, 'proxy', $3, 'http://x/')`, [
      lane.accountId,
      workspaceId,
      proxyId,
    ]);
    await admin.query(`insert into leases (account_id, workspace_id, host_id, fence, until) values ($1, $2, $3, 1, now() + interval '1 day')`, [
      lane.accountId,
      workspaceId,
      lane.hostId,
    ]);
    for (let nth = 0; nth < perLane; nth += 1) lane.left.push(await addMessage(admin, dice, { workspaceId, proxyId, accountId: lane.accountId }));
    lanes.push(lane);
  }
  const limits = limitsOf({ ...randomCeilings(dice), perRecipientPerDay: dice.upTo(4), warmUp: false }, { firstAt: null, now: new Date(dawn) });
  return { workspaceId, proxyId, lanes, limits };
}

async function addMessage(admin: pg.Client, dice: Dice, at: { workspaceId: string; proxyId: string; accountId: string }): Promise<Message> {
  const id = randomUUID();
  const isReply = dice.random() < 0.15;
  const isNewContact = !isReply && dice.random() < 0.5;
  const address = `+4930${dice.upTo(people)}`;
  const campaignId = isReply ? null : randomUUID();
  if (campaignId)
    await admin.query(`insert into campaigns (id, workspace_id, name, state) values ($1, $2, $3, 'running')`, [
      campaignId,
      at.workspaceId,
      `of ${campaignId}`,
    ]);
  await admin.query(
    `insert into deliveries (id, workspace_id, campaign_id, account_id, address_kind, address, body, priority, state, fence)
     values ($1, $2, $3, $4, 'phone', $5, 'Hi', $6, 'claimed', 1)`,
    [id, at.workspaceId, campaignId, at.accountId, address, isReply ? 0 : 5],
  );
  const bucket = isNewContact ? { cold: at.accountId } : { warm: at.accountId };
  const keys = { account: at.accountId, proxy: at.proxyId, ...(isReply ? {} : { ...bucket, recipient: `phone ${address}` }) };
  return { id, commit: { id, anchor: null, isNewContact }, asked: { isReply, isNewContact, keys } };
}

type Ask = { stage: Stage; lane: Lane; messages: readonly Message[]; now: Date };
const commitAll = (db: Db, { stage, lane, messages, now }: Ask) =>
  writeLedger(db, {
    ...{ workspaceId: stage.workspaceId, accountId: lane.accountId, outcomes: [], limits: stage.limits, now },
    commits: messages.map((one) => one.commit),
    lease: { hostId: lane.hostId, fence: 1, marginSeconds: 15 },
  });

/**
 * One run of two clients at once: both commit a few messages to the same people at the same moment, some are then proven not to have left, some
 * stay uncertain. At the end the books are read: no gap, no use too many or too few, in the order of time, and no window over its limit.
 */
export async function raceLanes(bases: Bases, seed: number): Promise<string[]> {
  const dice = diceOf(seed);
  const stage = await setTheStage(bases, dice);
  const gone = new Set<string>();
  let now = dawn;
  while (stage.lanes.some((lane) => lane.left.length > 0)) {
    now += Math.floor(dice.random() * dice.one([0, 5000, 60_000, 1_200_000, 8 * 3_600_000]));
    const asks = stage.lanes.map((lane) => ({ stage, lane, messages: lane.left.splice(0, dice.upTo(5)), now: new Date(now + dice.upTo(4)) }));
    const answers = await Promise.all(asks.map((ask) => commitAll(bases.db, ask)));
    for (const [nth, ask] of asks.entries()) {
      const went = ask.messages.filter((one) => answers[nth]?.get(one.id)?.is === 'go');
      for (const one of went) gone.add(one.id);
      await settleSome(bases.db, dice, { ...ask, messages: went }, gone);
    }
  }
  const problems = await auditBooks(bases.admin, stage, gone);
  return problems.map((problem) => `race ${seed}: ${problem}`);
}

/** What a lane writes afterwards: an absence gives its uses back, everything else keeps them. */
async function settleSome(db: Db, dice: Dice, { stage, lane, messages, now }: Ask, gone: Set<string>): Promise<void> {
  const why = { reason: 'not_proven', error: 'lost' };
  const outcomes = messages.flatMap(({ id }) => {
    const is = dice.one(['absent', 'uncertain', 'failed', 'committing'] as const);
    if (is === 'absent') gone.delete(id);
    if (is === 'committing') return [];
    return [is === 'absent' ? { id, is } : { id, is, ...why }];
  });
  await inWorkspace(db, stage.workspaceId, (trx) =>
    settleDeliveries(trx, { workspaceId: stage.workspaceId, accountId: lane.accountId, outcomes, now }),
  );
}

type Booked = { kind: UseKind; key: string; number: number; at: Date; delivery_id: string };

async function auditBooks(admin: pg.Client, stage: Stage, gone: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await admin.query<Booked>(
    `select k.kind, k.key, u.number, u.at, u.delivery_id from use_keys k join uses u on u.key_id = k.id where k.workspace_id = $1 order by k.id, u.number, u.at`,
    [stage.workspaceId],
  );
  const problems = overfull(
    rows.map(({ kind, key, at }): Noted => ({ kind, key, at: at.getTime() })),
    stage.limits,
  );
  for (const [key, uses] of Map.groupBy(rows, (row) => `${row.kind} ${row.key}`)) {
    if (uses.some((use, nth) => use.number !== nth + 1)) problems.push(`${key}: the numbers have gaps`);
    if (uses.some((use, nth) => use.at < (uses[nth - 1]?.at ?? use.at))) problems.push(`${key}: not in the order of time`);
  }
  const { rows: counters } = await admin.query(
    `select 1 from use_keys k where workspace_id = $1 and last <> (select count(*) from uses u where u.key_id = k.id)`,
    [stage.workspaceId],
  );
  if (counters.length > 0) problems.push(`${counters.length} counters stand at another number than they have uses`);
  const booked = new Set(rows.filter((row) => row.kind === 'account').map((row) => row.delivery_id));
  const unbooked = [...gone].filter((id) => !booked.has(id)).length;
  const unsent = [...booked].filter((id) => !gone.has(id)).length;
  if (unbooked + unsent > 0) problems.push(`${unbooked} messages went and are not booked, ${unsent} are booked and did not go`);
  return problems;
}

/** One client, and beside it an oracle that counts: every commit of every batch has to be answered as the count says. */
export async function compareWithCount(bases: Bases, seed: number): Promise<string[]> {
  const dice = diceOf(seed);
  const stage = await setTheStage(bases, dice);
  const noted: Noted[] = [];
  const problems: string[] = [];
  let now = dawn;
  while (stage.lanes.some((lane) => lane.left.length > 0)) {
    now += Math.floor(dice.random() * dice.one([0, 5000, 60_000, 1_200_000, 8 * 3_600_000]));
    const lane = dice.one(stage.lanes);
    const messages = lane.left.splice(0, dice.upTo(6));
    if (messages.length === 0) continue;
    const answers = await commitAll(bases.db, { stage, lane, messages, now: new Date(now) });
    for (const { id, asked } of messages) {
      const full = fullLimits(noted, stage.limits, asked, now);
      const wrong = disagreement(full, answers.get(id), { noted, asked, now });
      if (wrong) problems.push(`count ${seed}: ${wrong}`);
      if (full.length === 0) for (const [kind, key] of Object.entries(asked.keys)) noted.push({ kind: kind as UseKind, key, at: now });
    }
  }
  return problems;
}

type Counted = { noted: readonly Noted[]; asked: Asked; now: number };
function disagreement(full: readonly Limit[], answer: Committed | undefined, { noted, asked, now }: Counted): string | null {
  if (!answer) return 'a message that is ours got no answer';
  if (answer.is === 'go') return full.length > 0 ? `went although ${full[0]?.kind} is full` : null;
  if (full.length === 0) return `refused for ${answer.reason} although nothing is full`;
  const until = answer.until.getTime();
  const isEarly = until <= now || !full.some((limit) => limit.reason === answer.reason);
  const stillFull = fullLimits(
    noted,
    full.filter((limit) => limit.most > 0),
    asked,
    until,
  );
  return isEarly || stillFull.length > 0 ? `refused for ${answer.reason}, and told a wrong time` : null;
}
