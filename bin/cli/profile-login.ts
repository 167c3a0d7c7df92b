import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { toString as drawQr } from 'qrcode';
import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import type { LoginStep as LoginStepSchema } from '#core/api/profiles.ts';
import { Failure } from '#core/failure.ts';
import { profileStates } from '#core/profile.ts';
import type { Cli } from './cli.ts';
import { findByName } from './find-by-name.ts';
import { positive } from './options.ts';
import type { Output } from './output.ts';
import { plain } from './table.ts';

type LoginStep = z.output<typeof LoginStepSchema>;
type Options = { qr?: true; user?: string; password?: true; remember?: true; phone?: string; code?: string; wait: number };
/** A code on the page lives some 20 seconds; a second is soon enough to see the next one. */
const lookMs = 1000;

export function addLoginCommand(profiles: Command, cli: Cli): void {
  profiles
    .command('login')
    .summary('sign a profile in to its messenger')
    .description('Signs a profile in: by a QR code drawn here until the phone has scanned it, by user name and password, or by phone and code.')
    .argument('<profile>', 'name or id')
    .addOption(new Option('--qr', 'draw the QR code and wait until it is scanned').conflicts(['user', 'password', 'phone', 'code']))
    .option('--user <name>', 'user name at the messenger')
    .option('--password', 'ask for the password, or take it from the first line of stdin')
    .option('--remember', 'keep user name and password, sealed, for when the messenger asks again')
    .option('--phone <number>', 'get a code for this number')
    .option('--code <code>', 'the code that arrived')
    .option('--wait <seconds>', 'how long to wait for the login', positive, 300)
    .action((word: string, options: Options, command: Command) => {
      const isSaid = options.qr || options.user || options.password || options.phone || options.code;
      if (!isSaid) command.error('error: give --qr, --user and --password, --phone or --code');
      if (options.user && !options.password) command.error('error: --user needs --password');
      return login(cli, word, options);
    });
}

async function login(cli: Cli, word: string, options: Options): Promise<void> {
  const password = options.password ? await cli.prompt.askSecret('Password at the messenger: ') : undefined;
  const { client } = await cli.connect();
  const { id } = findByName((await client.listProfiles()).rows, word, 'profile');
  const first = await begin(client, id, { ...options, password });
  await watch({ client, id, first, output: cli.output(), seconds: options.wait, signal: cli.signal });
}

async function begin(client: Client, id: string, options: Omit<Options, 'password'> & { password?: string }): Promise<LoginStep> {
  const params = { id };
  const { user, password, phone, code, remember } = options;
  if (password !== undefined) return client.loginByPassword({ params, body: { username: user, password, remember } });
  if (phone !== undefined || code !== undefined) return client.loginByCode({ params, body: { phone, code } });
  return client.loginByQr({ params });
}

type Watch = { client: Client; id: string; first: LoginStep; output: Output; seconds: number; signal: AbortSignal };

/** Shows each change until the profile is ready. A code that ran out is asked for again. */
async function watch({ client, id, first, output, seconds, signal }: Watch): Promise<void> {
  const until = Date.now() + seconds * 1000;
  let step = first;
  let shown = '';
  for (;;) {
    const key = JSON.stringify([step.state, step.why, step.qr, step.linkCode]);
    if (key !== shown) await show(output, step);
    shown = key;
    if (step.state === 'ready') return;
    const { group } = profileStates[step.state];
    if (group === 'failed' || group === 'restricted') throw new Failure('wrong_state', sentenceOf(step));
    if (Date.now() > until) throw new Failure('timed_out', `Nobody signed in within ${seconds} seconds. The profile stays at: ${sentenceOf(step)}`);
    await delay(lookMs, undefined, { signal });
    step = step.state === 'qr_expired' ? await client.loginByQr({ params: { id } }) : await client.readLogin({ params: { id } });
  }
}

async function show(output: Output, step: LoginStep): Promise<void> {
  if (output.isJson || step.state === 'ready') return output.line(step, sentenceOf);
  const code = step.qr === null ? '' : await drawQr(step.qr, { type: 'terminal', small: true });
  output.progress(
    [code.trimEnd(), step.linkCode ? `Type this code into the phone: ${plain(step.linkCode)}` : '', sentenceOf(step)].filter(Boolean).join('\n'),
  );
}

function sentenceOf({ state, why, identity, qr }: LoginStep): string {
  const reason = why ? `: ${plain(why)}` : '';
  if (state === 'ready') return `Signed in${identity ? ` as ${plain(identity)}` : ''}.`;
  if (state === 'needs_qr' && qr) return 'Scan this with the phone: Linked devices, Link a device.';
  return `${state.replaceAll('_', ' ')}${reason}.`;
}
