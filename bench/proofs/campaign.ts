import { fileURLToPath } from 'node:url';
import { until } from '#bin/demo/until.ts';
import { provideUi } from '#bin/provide-ui.ts';
import { readDashboard } from './campaign/dashboard.ts';
import { type Held, heldBy } from './campaign/held.ts';
import { judgeDeliveries, judgeTurns, type Told } from './campaign/judge-deliveries.ts';
import { planKills, victims } from './campaign/kill-plan.ts';
import { LedgerWatch } from './campaign/ledger-watch.ts';
import { latencyFor } from './campaign/patience.ts';
import { type Prepared, prepareCampaign } from './campaign/senders.ts';
import { splitOf } from './campaign/split.ts';
import { type Struck, strike } from './campaign/strike.ts';
import { askProgress, countHeld, countTold, differences, type Place, readCsv } from './campaign/totals.ts';
import { setLatency, type Way, ways } from './campaign/way.ts';
import { onStage, type Stage } from './kills/stage.ts';
import type { ProofOptions } from './options.ts';

const plain = fileURLToPath(new URL('./campaign/worker.ts', import.meta.url));
const withoutConfirm = fileURLToPath(new URL('./campaign/worker-without-confirm.ts', import.meta.url));

const usualPeople = { share: 90, whole: 2000 } as const;
/** How long a kill and what follows it takes, before the first has shown it. */
const usualKillMs = 10_000;
/** What cannot be confirmed at once is looked for over ten minutes. */
const endSeconds = 1200;
/** The days of the analytics are counted a moment later. */
const agreeSeconds = 120;
const mostTold = 20;

type Ground = { stage: Stage; watch: LedgerWatch; prepared: Prepared };

/**
 * 5.9: one campaign to 2,000 people over WhatsApp Web, WhatsApp Cloud and mail, while worker, server, Postgres and Chromium are killed 200 times, each
 * at a random moment at which something is `committing`; after `minutes` nothing more is. The stand-ins' own stores say what arrived. Answers what is
 * wrong.
 */
export async function proveCampaign(options: ProofOptions): Promise<string[]> {
  const stop = new AbortController();
  for (const sign of ['SIGINT', 'SIGTERM'] as const) process.once(sign, () => stop.abort(new Error('stopped')));
  await provideUi(console.log);
  return onStage(options.switchOff === 'confirm' ? withoutConfirm : plain, stop.signal, (stage) => runCampaign(stage, options));
}

async function runCampaign(stage: Stage, options: ProofOptions): Promise<string[]> {
  await using watch = new LedgerWatch(stage.postgres, stage.signal);
  await watch.begin();
  await stage.startHost();
  const split = splitOf(options.size ?? (options.isShare ? usualPeople.share : usualPeople.whole), options.split);
  const prepared = await prepareCampaign(stage, split);
  console.log(`${split.phones} people with a number over a profile and ${split.numbers} numbers, ${split.mails} by mail`);
  const ground = { stage, watch, prepared };
  const { struck, problems } = await killAll(ground, options);
  await setAll(stage, 0);
  const isOver = async () => (await stage.client.readCampaign({ params: { id: prepared.campaignId } })).state === 'finished';
  await until('The end of the campaign', isOver, { seconds: endSeconds, signal: stage.signal }).catch((error: unknown) =>
    problems.push(String(error)),
  );
  printKills(struck);
  if (struck.length === 0) problems.push('Nothing was killed, so nothing is shown.');
  return [...problems, ...(await judge(ground, struck))];
}

/** Kills spread over the whole run: the stand-ins answer as slowly as keeps something to kill. */
async function killAll(
  { stage, watch, prepared }: Ground,
  { kills, seed, minutes }: ProofOptions,
): Promise<{ struck: Struck[]; problems: string[] }> {
  const { senders, campaignId } = prepared;
  const profileId = senders.find(({ way }) => way === 'web')?.accountId ?? '';
  const struck: Struck[] = [];
  const problems: string[] = [];
  const aims = planKills(kills, seed);
  await steer({ stage, watch, prepared }, { killsLeft: kills, killMs: usualKillMs });
  await stage.client.startCampaign({ params: { id: campaignId } });
  const begun = performance.now();
  for (const [nth, aim] of aims.entries()) {
    if (minutes !== null && performance.now() - begun > minutes * 60_000) break;
    const killMs = nth < 3 ? usualKillMs : (performance.now() - begun) / nth;
    const latency = await steer({ stage, watch, prepared }, { killsLeft: kills - nth, killMs });
    try {
      const one = await strike({ stage, watch, profileId }, { aim, actMs: latency[aim.way] });
      struck.push(one);
      const met = ways.map((way) => `${way} ${one.met.filter((row) => row.way === way).length}`).join(', ');
      console.log(
        `${nth + 1} of ${kills}: ${aim.victim}, aimed at ${aim.way}: ${met} were committing, settled after ${(one.backMs / 1000).toFixed(1)} s`,
      );
    } catch (error) {
      stage.signal.throwIfAborted();
      problems.push(`kill ${nth + 1}, ${aim.victim} while ${aim.way} is committing: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { struck, problems };
}

type Left = { killsLeft: number; killMs: number };

/** Sets how slowly each stand-in answers; how long an answer takes now. */
async function steer({ stage, watch, prepared: { senders, people } }: Ground, left: Left): Promise<Record<Way, number>> {
  const gone = await watch.gone();
  const latency: Record<Way, number> = { web: 0, meta: 0, mail: 0 };
  for (const way of ways) {
    const atOnce = senders.reduce((sum, one) => sum + (one.way === way ? one.atOnce : 0), 0);
    latency[way] = latencyFor({ way, left: people[way] - gone[way], atOnce }, left);
    await setLatency(stage.lab, way, latency[way]);
  }
  return latency;
}

async function setAll({ lab }: Stage, latencyMs: number): Promise<void> {
  for (const way of ways) await setLatency(lab, way, latencyMs);
}

function printKills(struck: readonly Struck[]): void {
  console.log(['victim', 'kills', ...ways.map((way) => `${way} met`)].join('\t'));
  for (const victim of victims) {
    const kills = struck.filter((one) => one.victim === victim);
    const meeting = (way: Way) => kills.filter(({ met }) => met.some((row) => row.way === way)).length;
    console.log([victim, kills.length, ...ways.map(meeting)].join('\t'));
  }
}

async function judge(ground: Ground, struck: readonly Struck[]): Promise<string[]> {
  const { stage, watch, prepared } = ground;
  const look = async () => {
    const shown = await readDashboard(stage, prepared);
    const seen = await lookBehind(ground);
    return { ...seen, shown, apart: apartIn({ ...seen, places: [...seen.places, { name: 'the dashboard', totals: shown.totals }] }) };
  };
  // Days are counted a moment later, and a page tells when it next looks that a message has arrived.
  const agree = async () => {
    if (apartIn(await lookBehind(ground)).length > 0) return null;
    const seen = await look();
    return seen.apart.length === 0 ? seen : null;
  };
  const agreed = await until('The same totals everywhere', agree, { seconds: agreeSeconds, signal: stage.signal }).catch(() => null);
  const { told, held, shown, apart } = agreed ?? (await look());
  const turns = await watch.turns();
  const uncertain = told.filter(({ state }) => state === 'uncertain');
  console.log(`${told.length} deliveries: ${JSON.stringify(countTold(told))}`);
  console.log(`the stand-ins hold ${ways.map((way) => `${held.filter((one) => one.way === way).length} by ${way}`).join(', ')}`);
  console.log(
    `${new Set(turns.map(({ id }) => id)).size} turned uncertain, ${uncertain.length} are; the log lists ${shown.uncertain.length} of them`,
  );
  const wrong = judgeDeliveries(told, held);
  if (wrong.length > mostTold) console.log(`${wrong.length} deliveries are wrong, of which ${mostTold} are told`);
  const unlisted = uncertain
    .filter(({ address }) => !shown.uncertain.includes(address))
    .map(({ address }) => `${address} is uncertain, and not listed`);
  return [
    ...wrong.slice(0, mostTold),
    ...judgeTurns(turns, { lanes: prepared.senders, killedAt: struck.map(({ at }) => at) }),
    ...apart,
    ...unlisted.slice(0, mostTold),
  ];
}

type Seen = { told: Told[]; held: Held[]; places: Place[] };

/** What everybody but the dashboard says. */
async function lookBehind({ stage, prepared }: Ground): Promise<Seen> {
  const told = await listTold(stage, prepared);
  const held = await heldBy(stage.lab);
  const places = [
    { name: 'the API', totals: await askProgress(stage, prepared) },
    { name: 'the list of deliveries', totals: countTold(told) },
    { name: 'the CSV file', totals: await readCsv(stage, prepared) },
    { name: 'the lab', totals: countHeld(held, told) },
  ];
  return { told, held, places };
}

/** Where they do not say the same, and where not as much arrived at Meta's end as the product says. */
function apartIn({ told, held, places }: Seen): string[] {
  const arrived = told.filter(({ way, state }) => way === 'meta' && (state === 'delivered' || state === 'read')).length;
  const delivered = held.filter(({ way, isDelivered }) => way === 'meta' && isDelivered).length;
  return [...differences(places), ...(arrived === delivered ? [] : [`meta: ${arrived} are told to have arrived, ${delivered} did`])];
}

async function listTold({ client }: Stage, { campaignId, senders }: Prepared): Promise<Told[]> {
  const wayOf = new Map(senders.map(({ accountId, way }) => [accountId, way]));
  const told: Told[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listDeliveries({ params: { id: campaignId }, query: { limit: 200, ...(cursor ? { cursor } : {}) } });
    told.push(
      ...page.rows.map(({ id, accountId, address, state }) => ({ id, state, address: address ?? '', way: wayOf.get(accountId ?? '') ?? 'mail' })),
    );
    cursor = page.next ?? undefined;
  } while (cursor);
  return told;
}
