import { join } from 'node:path';
import { loadPack } from '#browser-profiles/engine/load-packs.ts';
import { type QrView, readQr } from '#browser-profiles/engine/login.ts';
import { probeState } from '#browser-profiles/engine/probe-state.ts';
import type { Outcome } from '#browser-profiles/engine/run.ts';
import { type FlowRequest, runFlow } from '#browser-profiles/engine/run-flow.ts';
import { poll } from '#browser-profiles/engine/wait.ts';
import type { Anchor } from '#core/delivery.ts';
import type { LoadedPack } from '#core/script.ts';
import type { Message, Settings } from '#lab/telegram/model.ts';
import { startTelegramLab, type TelegramLab } from '#lab/telegram/site.ts';
import { openTestProfile, quickPace, recordHooks, type TestProfile } from './test-profile.ts';

type Changes = Partial<FlowRequest> & Pick<FlowRequest, 'flow'>;

/** A lab with one account and a browser, and what tests do with them. */
export type TelegramUnderTest = AsyncDisposable & {
  lab: TelegramLab;
  pack: LoadedPack;
  profile: TestProfile;
  control(path: string, body?: object): Promise<Record<string, unknown>>;
  run(changes: Changes): Promise<Outcome>;
  state(): Promise<string>;
  readQr(): Promise<QrView>;
  /** What the lab's server holds of what the browser has written to a peer. */
  arrived(peer: string, text?: string): Message[];
  /** Runs a send up to the named moment and leaves it there, as a dying host would. */
  interrupt(moment: 'before the act' | 'after the act', input: Record<string, string>): Promise<Anchor>;
};

export const me = '500';
export const myPhone = '15550001002';

export async function openTelegram(settings: Partial<Settings> = {}): Promise<TelegramUnderTest> {
  await using started = new AsyncDisposableStack();
  const pack = await loadPack(join(import.meta.dirname, '../../scripts/telegram-web'));
  const lab = started.use(await startTelegramLab({ settings: { syncMs: 50, qrAppearsAfterMs: 20, ...settings } }));
  const profile = started.use(await openTestProfile());
  const control: TelegramUnderTest['control'] = async (path, body) => {
    const how = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const reply = await fetch(`${lab.control}${path}`, body ? how : {});
    if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
    return reply.json();
  };
  await control('/accounts', { id: me, phone: myPhone, name: 'Shop' });
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
  const interrupt: TelegramUnderTest['interrupt'] = async (moment, input) => {
    const ending = new AbortController();
    const end = () => ending.abort(new Error('the host dies'));
    const hooks = recordHooks(async () => {
      if (moment === 'before the act') end();
    });
    const report = hooks.step;
    hooks.step = (step) => {
      report(step);
      if (step.name === 'commit') end();
    };
    const outcome = await run({ flow: 'send', input, hooks, signal: ending.signal }).catch(() => null);
    const [anchor] = hooks.anchors;
    if (outcome || !anchor) throw new Error(`Not interrupted: ${JSON.stringify(hooks.steps.map(({ name, why }) => [name, why]))}`);
    return anchor;
  };
  const arrived = (peer: string, text?: string) =>
    (lab.lab.chats.get(`${me}:${peer}`)?.messages ?? []).filter((message) => message.via === 'web' && (text === undefined || message.text === text));
  const state = async () => (await probeState(profile.page, pack)).is;
  const look = () => readQr({ page: profile.page, pack, signal: AbortSignal.timeout(20_000), isWatched: true });
  const running = started.move();
  return { lab, pack, profile, control, run, state, readQr: look, arrived, interrupt, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Scans the code that the page shows, and waits until the chats are there. */
export async function logInByQr({ lab, profile, control, readQr: look, state }: TelegramUnderTest): Promise<void> {
  await profile.page.goto(lab.url);
  const signal = AbortSignal.timeout(30_000);
  const text = await poll({ seconds: 20, signal }, async () => {
    const view = await look();
    return view.is === 'code' ? view.text : undefined;
  });
  await control('/scan', { text, account: me });
  const isReady = await poll({ seconds: 20, signal }, async () => ((await state()) === 'ready' ? true : undefined));
  if (!isReady) throw new Error('The account was not logged in');
}
