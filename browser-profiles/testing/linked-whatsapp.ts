import { join } from 'node:path';
import { loadPack } from '#browser-profiles/engine/load-packs.ts';
import { readQr } from '#browser-profiles/engine/login.ts';
import { probeState } from '#browser-profiles/engine/probe-state.ts';
import type { Outcome } from '#browser-profiles/engine/run.ts';
import { type FlowRequest, runFlow } from '#browser-profiles/engine/run-flow.ts';
import { poll } from '#browser-profiles/engine/wait.ts';
import type { Anchor } from '#core/delivery.ts';
import type { LoadedPack } from '#core/script.ts';
import type { Message, Settings } from '#lab/whatsapp/model.ts';
import { startWhatsAppLab, type WhatsAppLab } from '#lab/whatsapp/site.ts';
import { openTestProfile, quickPace, recordHooks, type TestProfile } from './test-profile.ts';

type Changes = Partial<FlowRequest> & Pick<FlowRequest, 'flow'>;

/** A lab with one account whose browser is linked, and what tests do with it. */
export type LinkedWhatsApp = AsyncDisposable & {
  lab: WhatsAppLab;
  pack: LoadedPack;
  profile: TestProfile;
  me: string;
  control(path: string, body: object): Promise<unknown>;
  run(changes: Changes): Promise<Outcome>;
  /** What the lab's server holds of our messages to a number. */
  arrived(number: string, text?: string): Message[];
  /** Runs a send up to the named moment and leaves it there, as a dying host would. */
  interrupt(moment: 'before the act' | 'after the act', input: Record<string, string>): Promise<Anchor>;
};

export const me = '4915550000001';

export async function openWhatsApp(settings: Partial<Settings> = {}): Promise<LinkedWhatsApp> {
  await using started = new AsyncDisposableStack();
  const pack = await loadPack(join(import.meta.dirname, '../../scripts/whatsapp-web'));
  const lab = started.use(await startWhatsAppLab({ settings: { syncMs: 200, ...settings } }));
  const profile = started.use(await openTestProfile());
  const control = async (path: string, body: object): Promise<unknown> => {
    const reply = await fetch(`${lab.control}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
    return reply.json();
  };
  await control('/accounts', { number: me, name: 'Shop', saved: true });
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
  const interrupt: LinkedWhatsApp['interrupt'] = async (moment, input) => {
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
    if (outcome) throw new Error('The run was not interrupted');
    const [anchor] = hooks.anchors;
    if (!anchor) throw new Error(`The commit was not reached: ${JSON.stringify(hooks.steps.map(({ name, why }) => [name, why]))}`);
    return anchor;
  };
  const arrived = (number: string, text?: string) =>
    [...lab.lab.messages.values()].filter((message) => message.from === me && message.to === number && (text === undefined || message.text === text));
  const running = started.move();
  return { lab, pack, profile, me, control, run, arrived, interrupt, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Scans the code that the page shows, and waits until the chats are there. */
export async function link({ lab, profile, pack, control, run }: LinkedWhatsApp): Promise<void> {
  await profile.page.goto(lab.url);
  const signal = AbortSignal.timeout(30_000);
  const text = await poll({ seconds: 20, signal }, async () => {
    const view = await readQr({ page: profile.page, pack, signal, isWatched: true });
    return view.is === 'code' ? view.text : undefined;
  });
  await control('/scan', { ref: text, number: me });
  const isReady = await poll({ seconds: 20, signal }, async () => ((await probeState(profile.page, pack)).is === 'ready' ? true : undefined));
  if (!isReady) throw new Error('The account was not linked');
  await run({ flow: 'check' });
}
