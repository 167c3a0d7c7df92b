import { join } from 'node:path';
import { loadPack } from '#browser-profiles/engine/load-packs.ts';
import { type QrView, readQr } from '#browser-profiles/engine/login.ts';
import { probeState } from '#browser-profiles/engine/probe-state.ts';
import type { Outcome } from '#browser-profiles/engine/run.ts';
import { type FlowRequest, runFlow } from '#browser-profiles/engine/run-flow.ts';
import { poll } from '#browser-profiles/engine/wait.ts';
import type { Anchor } from '#core/delivery.ts';
import type { LoadedPack } from '#core/script.ts';
import { openTestProfile, quickPace, recordHooks, type TestProfile } from './test-profile.ts';

type Changes = Partial<FlowRequest> & Pick<FlowRequest, 'flow'>;
type MessengerLab = AsyncDisposable & { url: string; control: string };

/** A messenger's lab with one account and a browser, and what tests do with them. */
export type ProfileAtLab<Lab extends MessengerLab> = AsyncDisposable & {
  lab: Lab;
  pack: LoadedPack;
  profile: TestProfile;
  control(path: string, body?: object): Promise<Record<string, unknown>>;
  run(changes: Changes): Promise<Outcome>;
  state(): Promise<string>;
  readQr(): Promise<QrView>;
  /** Runs a send up to the named moment and leaves it there, as a dying host would. */
  interrupt(moment: 'before the act' | 'after the act', input: Record<string, string>): Promise<Anchor>;
};

/** How long a conversation has to stand still before something in it is called absent. A lab that delays its history shows that it loads. */
const stillSeconds = 0.5;

/** The pack as it is but for that time. */
function atLabPace(pack: LoadedPack): LoadedPack {
  const flows = Object.entries(pack.flows).map(([name, flow]) => {
    const steps = flow.steps.map((step) => (step.find ? { ...step, find: { ...step.find, stillSeconds } } : step));
    return [name, { ...flow, steps }] as const;
  });
  return { ...pack, flows: Object.fromEntries(flows) };
}

export async function openAtLab<Lab extends MessengerLab>(
  packName: string,
  { startLab, account }: { startLab: () => Promise<Lab>; account: object },
): Promise<ProfileAtLab<Lab>> {
  await using started = new AsyncDisposableStack();
  const pack = atLabPace(await loadPack(join(import.meta.dirname, '../../scripts', packName)));
  const lab = started.use(await startLab());
  const profile = started.use(await openTestProfile());
  const control: ProfileAtLab<Lab>['control'] = async (path, body) => {
    const how = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const reply = await fetch(`${lab.control}${path}`, body ? how : {});
    if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
    return reply.json();
  };
  await control('/accounts', account);
  const run = (changes: Changes): Promise<Outcome> =>
    runFlow({
      page: profile.page,
      pack,
      input: {},
      hooks: recordHooks(),
      pace: quickPace(),
      signal: AbortSignal.timeout(100_000),
      baseUrl: lab.url,
      language: 'en-US',
      ...changes,
    });
  const interrupt: ProfileAtLab<Lab>['interrupt'] = async (moment, input) => {
    const ending = new AbortController();
    const end = () => ending.abort(new Error('the host dies'));
    const hooks = recordHooks(async () => {
      if (moment === 'before the act') end();
    });
    const report = hooks.step;
    hooks.step = async (step) => {
      await report(step);
      if (step.name === 'commit') end();
    };
    const outcome = await run({ flow: 'send', input, hooks, signal: ending.signal }).catch(() => null);
    const [anchor] = hooks.anchors;
    if (outcome || !anchor) throw new Error(`Not interrupted: ${JSON.stringify(hooks.steps.map(({ name, why }) => [name, why]))}`);
    return anchor;
  };
  const state = async () => (await probeState(profile.page, pack)).is;
  const look = () => readQr({ page: profile.page, pack, signal: AbortSignal.timeout(20_000), isWatched: true });
  const running = started.move();
  return { lab, pack, profile, control, run, state, readQr: look, interrupt, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The account's phone scans the code that the page shows; waits until the chats are there. `scan` is what the lab wants to know of it. */
export async function scanShown<Lab extends MessengerLab>(atLab: ProfileAtLab<Lab>, scan: (text: string) => object): Promise<void> {
  const { lab, profile, control, readQr: look, state } = atLab;
  await profile.page.goto(lab.url);
  const signal = AbortSignal.timeout(30_000);
  const text = await poll({ seconds: 20, signal }, async () => {
    const view = await look();
    return view.is === 'code' ? view.text : undefined;
  });
  await control('/scan', scan(text ?? ''));
  const isReady = await poll({ seconds: 20, signal }, async () => ((await state()) === 'ready' ? true : undefined));
  if (!isReady) throw new Error('The account was not logged in');
}
