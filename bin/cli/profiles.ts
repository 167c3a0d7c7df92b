import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import type { Profile } from '#core/api/profiles.ts';
import { Failure } from '#core/failure.ts';
import type { AddCommands, Cli } from './cli.ts';
import { findByName } from './find-by-name.ts';
import { addLoginCommand } from './profile-login.ts';
import { clock, fieldsOf, plain, tableOf } from './table.ts';

type ProfileRow = z.output<typeof Profile>;
type Create = { name: string; channel: string; proxy?: string; direct?: true; url?: string; locale?: string; zone?: string; stealth?: true };

export const addProfileCommands: AddCommands = (program, cli) => {
  const profiles = program.command('profiles').summary('browsers that are signed in to a web messenger');
  profiles
    .command('list')
    .summary('profiles, those that need a person first')
    .action(() => list(cli));
  addCreate(profiles, cli);
  for (const verb of ['start', 'stop'] as const)
    profiles
      .command(verb)
      .summary(verb === 'start' ? 'open the browser of a profile' : 'close the browser; the login is kept')
      .argument('<profile>', 'name or id')
      .action((word: string) => startOrStop(cli, verb, word));
  profiles
    .command('screenshot')
    .summary('save what the browser shows now')
    .argument('<profile>', 'name or id')
    .requiredOption('-o, --output <file>', 'where the PNG goes; - is stdout')
    .action((word: string, options: { output: string }) => screenshot(cli, word, options.output));
  profiles
    .command('storage-state')
    .summary('save cookies and storages of an open profile, sealed')
    .description('Saves what the open browser holds as a file that the passphrase opens. Who has both can act as this account; the audit notes it.')
    .argument('<profile>', 'name or id')
    .requiredOption('-o, --out <file>', 'where the file goes; - is stdout')
    .action((word: string, options: { out: string }) => storageState(cli, word, options.out));
  addLoginCommand(profiles, cli);
};

function addCreate(profiles: Command, cli: Cli): void {
  profiles
    .command('create')
    .summary('add a profile')
    .description('Adds a profile. Say --proxy or --direct: nothing goes out of the own address by accident.')
    .requiredOption('-n, --name <name>')
    .requiredOption('-c, --channel <pack>', 'the messenger, such as whatsapp-web')
    .addOption(new Option('--proxy <proxy>', 'name or id of the proxy').conflicts('direct'))
    .addOption(new Option('--direct', 'go out without a proxy'))
    .option('--url <address>', 'another address than the one of the pack')
    .option('--locale <locale>', 'such as en-US')
    .option('--zone <zone>', 'time zone, such as Europe/Berlin')
    .option('--stealth', 'hide navigator.webdriver')
    .action((options: Create, command: Command) => {
      if (!options.proxy && !options.direct) command.error('error: give --proxy <proxy> or --direct');
      return create(cli, options);
    });
}

async function list(cli: Cli): Promise<void> {
  const { client } = await cli.connect();
  cli.output().answer(await client.listProfiles(), ({ rows }) =>
    tableOf(
      rows,
      [
        ['NAME', (row) => row.name],
        ['CHANNEL', (row) => row.channel],
        ['STATE', (row) => row.state],
        ['WHY', (row) => row.stateWhy ?? row.waitReason],
        ['IDENTITY', (row) => row.identity],
        ['GOES OUT', (row) => row.proxyName ?? row.goesOut],
        ['SENT', (row) => (row.limitToday === null ? row.usedToday : `${row.usedToday}/${row.limitToday}`)],
        ['QUEUED', (row) => row.queued],
        ['ID', (row) => row.id],
      ],
      'There are no profiles yet. Add one with patchbay profiles create.',
    ),
  );
}

async function create(cli: Cli, options: Create): Promise<void> {
  const { client } = await cli.connect();
  const proxyId = options.proxy ? findByName((await client.listProxies()).rows, options.proxy, 'proxy').id : null;
  const { name, channel, url, locale, zone, stealth } = options;
  const profile = await client.addProfile({ body: { name, channel, proxyId, baseUrl: url, locale, zone, stealth } });
  cli.output().answer(profile, described);
}

async function startOrStop(cli: Cli, verb: 'start' | 'stop', word: string): Promise<void> {
  const { client } = await cli.connect();
  const { id } = await profileOf(client, word);
  const profile = await (verb === 'start' ? client.startProfile({ params: { id } }) : client.stopProfile({ params: { id } }));
  cli.output().answer(profile, ({ name, state }) => `${plain(name)}: ${state}.`);
}

async function screenshot(cli: Cli, word: string, file: string): Promise<void> {
  const { client } = await cli.connect();
  const { id, name } = await profileOf(client, word);
  const image = await client.readScreenshot({ params: { id } });
  await save(cli, { profileId: id, file, content: image, mode: 0o666 }, `What ${plain(name)} shows is in ${file}.`);
}

async function storageState(cli: Cli, word: string, file: string): Promise<void> {
  const passphrase = await cli.prompt.askSecret('Passphrase for the file, 12 characters or more: ');
  const { client } = await cli.connect();
  const { id, name } = await profileOf(client, word);
  const content = await client.exportStorageState({ params: { id }, body: { passphrase } });
  await save(cli, { profileId: id, file, content, mode: 0o600 }, `Cookies and storages of ${plain(name)} are in ${file}, under the passphrase.`);
}

type Saved = { profileId: string; file: string; content: unknown; mode: number };

async function save(cli: Cli, { profileId, file, content, mode }: Saved, sentence: string): Promise<void> {
  if (!(content instanceof Blob)) throw new Failure('broken', 'The server sent no file.');
  const bytes = Buffer.from(await content.arrayBuffer());
  if (file === '-') return void process.stdout.write(bytes);
  await writeFile(file, bytes, { mode });
  cli.output().answer({ profileId, file, bytes: bytes.length }, () => sentence);
}

async function profileOf(client: Client, word: string): Promise<ProfileRow> {
  return findByName((await client.listProfiles()).rows, word, 'profile');
}

function described(profile: ProfileRow): string {
  return fieldsOf([
    ['id', profile.id],
    ['name', profile.name],
    ['channel', profile.channel],
    ['address', profile.baseUrl],
    ['goes out', profile.proxyName ?? profile.goesOut],
    ['state', profile.state],
    ['added', clock(profile.createdAt)],
  ]);
}
