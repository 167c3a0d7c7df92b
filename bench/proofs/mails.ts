import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { sendBare } from '#bench/bare-mail.ts';
import { type CatcherProcess, startCatcherProcess } from '#bench/catcher-process.ts';
import { median } from '#bench/figure.ts';
import { type MailLeg, type MailSender, prepareMail } from '#bench/mail-product.ts';
import { bareConfig } from '#bin/bare-config.ts';
import { until } from '#bin/demo/until.ts';
import { type Product, startProduct } from '#bin/product.ts';
import { measureTrees } from '#browser-profiles/process-usage.ts';
import { makeDkimKey } from '#channels/email/dkim.ts';
import { seededRandom } from '#workers/testing/seeded.ts';
import { faultOf } from './kills/fault-of.ts';
import type { ProofOptions } from './options.ts';

/** The most connections that the contract allows for an account. */
const pool = 20;
const leastRatio = 0.9;
const megabyte = 1024 * 1024;
/** V8 lets the worker grow from 130 to 200 MB over the first ten thousand mails (measured) and then no more: a share ends before that. */
const warmUpMails = { share: 500, whole: 10_000 } as const;
/**
 * How much more the worker may take while it sends the last fifth than while it sends the first. Without a leak it varies by 10 to 20 MB, with
 * what V8 has not collected yet; one kilobyte kept of each mail of a whole run would be 40.
 */
const mostGrowthMegabytes = 32;
const sampleMs = 500;
/** A worker comes back within seconds, also on a busy machine. */
const backSeconds = 90;
const longestMs = 1_200_000;
const lookEveryMs = 10;
/** A kill comes at any moment of a write and the sends after it. */
const randomMs = 100;

type Ground = {
  product: Product;
  catcher: CatcherProcess;
  sender: MailSender;
  mails: number;
  listId: string;
  random: () => number;
  signal: AbortSignal;
};

/**
 * 3.10: a campaign of 50,000 signed mails (a share: 2,000) against a bare loop with the same pool, and the worker's memory meanwhile; then the same
 * campaign again while the worker is killed at random moments at which something is `committing`, compared with what the catcher holds. `only`
 * takes one of the two, `quiet` or `kills`. Answers what is wrong.
 */
export async function proveMails(options: ProofOptions): Promise<string[]> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  const mails = options.isShare ? 2000 : 50_000;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  try {
    await using catcher = await startCatcherProcess();
    // Killed again and again on purpose: nothing is learned while it is left alone.
    await using product = await startProduct(bareConfig(dataDir), () => undefined, { mostPauseMs: 0 });
    await using sender = await prepareMail({ product, smtpPort: catcher.smtpPort, pool, isSigned: true, signal: stop.signal });
    const listId = await sender.addList('everybody', mails);
    const ground: Ground = { product, catcher, sender, mails, listId, random: seededRandom(options.seed), signal: stop.signal };
    const quiet = options.only === 'kills' ? [] : await runQuietly(ground, options);
    const killed = options.only === 'quiet' ? [] : await runWithKills(ground, options.isShare ? 3 : 12);
    return [...quiet, ...killed];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Nothing is killed: how fast it goes, and whether the worker's memory stays flat. */
async function runQuietly({ product, catcher, sender, mails, listId, signal }: Ground, { isShare }: ProofOptions): Promise<string[]> {
  const accountId = await sender.addAccount('quiet');
  const some = await sender.addList('some', isShare ? warmUpMails.share : warmUpMails.whole);
  await sender.finish(await sender.start({ name: 'warm-up', accountId, listId: some }));
  const stop = new AbortController();
  const samples = sampleMemory(product, AbortSignal.any([signal, stop.signal]));
  const leg = await sender.finish(await sender.start({ name: 'quiet', accountId, listId })).finally(() => stop.abort());
  const bare = await sendBare({ port: catcher.smtpPort, pool, mails, key: await makeDkimKey() });
  const ratio = leg.perSecond / bare;
  const memory = await samples;
  const fifth = Math.ceil(memory.length / 5);
  const [first, last] = [median(memory.slice(0, fifth)), median(memory.slice(-fifth))];
  console.log(`${leg.sent} mails, ${said(leg)}, bare loop ${Math.round(bare)}/s, ratio ${ratio.toFixed(2)}`);
  console.log(`worker: ${first.toFixed()} MB in the first fifth, ${last.toFixed()} MB in the last, ${Math.max(...memory).toFixed()} MB at most`);
  const problems = mostAtOnce(leg);
  if (leg.sent !== mails) problems.push(`Only ${leg.sent} of ${mails} mails were sent.`);
  // Two legs of some seconds say little about a machine that does other things as well, and nothing about a leak.
  if (isShare) return problems;
  if (last - first > mostGrowthMegabytes) problems.push(`The worker grew by ${(last - first).toFixed()} MB, and may grow by ${mostGrowthMegabytes}.`);
  if (ratio < leastRatio) problems.push(`The ratio to the bare loop is ${ratio.toFixed(2)}, and ${leastRatio} is promised.`);
  return problems;
}

/** The worker's PSS in megabytes, its watchdog's included, twice a second until it is told to stop. */
async function sampleMemory(product: Product, signal: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  while (!signal.aborted) {
    const taken = await measureTrees(new Map([['worker', [product.workerPid() ?? 0]]]));
    samples.push((taken.get('worker')?.pssBytes ?? 0) / megabyte);
    await wait(sampleMs, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

/** Kills are spread over the run, each at a random place of its part of it. */
async function runWithKills(ground: Ground, kills: number): Promise<string[]> {
  const { sender, catcher, mails, listId, random } = ground;
  const run: Run = { accountId: await sender.addAccount('kills'), campaignId: '' };
  run.campaignId = await sender.start({ name: 'kills', accountId: run.accountId, listId });
  const ended = sender.finish(run.campaignId);
  // What fails before it is told first.
  ended.catch(() => undefined);
  const problems: string[] = [];
  let before = 0;
  for (let nth = 0; nth < kills; nth += 1) {
    const { committing, backMs } = await strike(ground, run, ((nth + random()) * mails * 0.9) / kills);
    const now = await countUncertain(ground, run);
    if (now - before > pool) problems.push(`Kill ${nth + 1} left ${now - before} mails uncertain, with ${pool} connections.`);
    console.log(`kill ${nth + 1}: ${committing} were committing, ${now - before} are uncertain, sending again after ${(backMs / 1000).toFixed(1)} s`);
    before = now;
  }
  const leg = await ended;
  console.log(`${leg.sent} mails sent over ${kills} kills, ${said(leg)}`);
  problems.push(...mostAtOnce(leg), ...judge(await statesOf(ground, run), await heldBy(catcher)));
  if ((await countUncertain(ground, run)) > before) problems.push('More became uncertain without a kill.');
  return problems;
}

type Run = { accountId: string; campaignId: string };

/** Kills the worker once so many mails of the account were begun, when something is `committing`, and waits until it sends again. */
async function strike(ground: Ground, run: Run, begun: number): Promise<{ committing: number; backMs: number }> {
  const { product, random, signal } = ground;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  while ((await countBegun(ground, run)) < begun) await wait(lookEveryMs, undefined, { signal: inTime });
  await wait(random() * randomMs, undefined, { signal: inTime });
  let committing = await countCommitting(ground, run);
  while (committing === 0) {
    inTime.throwIfAborted();
    committing = await countCommitting(ground, run);
  }
  process.kill(product.workerPid() ?? 0, 'SIGKILL');
  const killedAt = performance.now();
  // What the killed worker had just asked of the database may still be written.
  const most = (await countBegun(ground, run)) + pool;
  await until('The worker sending again', async () => (await countBegun(ground, run)) > most, { seconds: backSeconds, signal });
  return { committing, backMs: performance.now() - killedAt };
}

/** Each begun mail is a use of its account. */
async function countBegun({ sender }: Ground, { accountId }: Run): Promise<number> {
  const { rows } = await sender.database.query({
    name: 'begun',
    text: `select coalesce(sum(last), 0)::int as begun from use_keys where kind = 'account' and key = $1`,
    values: [accountId],
  });
  return rows[0].begun;
}

const countCommitting = (ground: Ground, { accountId }: Run): Promise<number> => countIn(ground, 'committing', accountId);
const countUncertain = (ground: Ground, { accountId }: Run): Promise<number> => countIn(ground, 'uncertain', accountId);

async function countIn({ sender }: Ground, state: 'committing' | 'uncertain', accountId: string): Promise<number> {
  const { rows } = await sender.database.query({
    name: state,
    text: `select count(*)::int as n from deliveries where account_id = $1 and state = '${state}'`,
    values: [accountId],
  });
  return rows[0].n;
}

async function statesOf({ sender }: Ground, { campaignId }: Run): Promise<Map<string, string>> {
  const { rows } = await sender.database.query<{ id: string; state: string }>(`select id, state from deliveries where campaign_id = $1`, [
    campaignId,
  ]);
  return new Map(rows.map(({ id, state }) => [id, state]));
}

async function heldBy({ webUrl }: CatcherProcess): Promise<Map<string, number>> {
  const reply = await fetch(`${webUrl}/api/deliveries`);
  const held: Record<string, number> = z.record(z.string(), z.number()).parse(await reply.json());
  return new Map(Object.entries(held));
}

/** What the catcher holds against what the product says, mail by mail. */
function judge(states: ReadonlyMap<string, string>, held: ReadonlyMap<string, number>): string[] {
  const found = [...states].map(([id, state]) => ({ id, state, times: held.get(id) ?? 0, fault: faultOf(state, held.get(id) ?? 0) }));
  const uncertain = found.filter(({ state }) => state === 'uncertain');
  const arrived = uncertain.filter(({ times }) => times > 0).length;
  const count = (fault: string) => found.filter((one) => one.fault?.fault === fault).length;
  console.log(
    `${states.size} deliveries: ${count('double')} held twice, ${count('loss')} lost, ${uncertain.length} uncertain, of which the catcher holds ${arrived}`,
  );
  return found.flatMap(({ id, state, fault }) => (fault ? [`delivery ${id}, ${state}: ${fault.what}`] : [])).slice(0, 20);
}

const mostAtOnce = ({ mostCommitting }: MailLeg): string[] =>
  mostCommitting > pool ? [`${mostCommitting} deliveries were committing at once, with ${pool} connections.`] : [];
const said = ({ perSecond, mostCommitting }: MailLeg): string => `${Math.round(perSecond)}/s, at most ${mostCommitting} committing`;
