import { type Command, InvalidArgumentError } from 'commander';
import { asFailure, Failure } from '#core/failure.ts';
import type { AddCommands, Cli } from './cli.ts';
import { withoutSlash } from './config.ts';
import { connect, openAnonymously } from './connection.ts';
import { removeSession, writeSession } from './session-file.ts';
import { fieldsOf, plain } from './table.ts';

export const addAuthCommands: AddCommands = (program, cli) => {
  program
    .command('login')
    .summary('sign in and keep the tokens for later commands')
    .description('Signs in. The password is asked for, or taken from PATCHBAY_PASSWORD, or from the first line of stdin.')
    .argument('[server]', 'address of the server', serverOf)
    .option('-m, --mail <mail>', 'mail address or user name')
    .action((server: string | undefined, options: { mail?: string }, command: Command) => {
      if (options.mail === undefined && !cli.prompt.isPossible) command.error('error: give --mail, nobody can be asked for it here');
      return login(cli, server ?? cli.config.server, options.mail);
    });
  program
    .command('logout')
    .summary('end the session, here and on the server')
    .action(() => logout(cli));
  program
    .command('whoami')
    .summary('who is signed in, where, and with which role')
    .action(() => showMe(cli));
};

async function login(cli: Cli, server: string, mail: string | undefined): Promise<void> {
  const { host, hostname, protocol } = new URL(server);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'http:' && !isLocal) cli.output().note(`The way to ${host} is not encrypted: others on it can read the password.`);
  const email = mail ?? (await cli.prompt.ask(`Mail address for ${host}: `));
  const password = cli.config.password ?? (await cli.prompt.askSecret('Password: '));
  const tokens = await openAnonymously(server, cli.signal).login({ body: { email, password, keep: 'body' } });
  if (tokens.refreshToken === null) throw new Failure('broken', 'The server gave no refresh token.');
  const { accessToken, accessExpiresAt, refreshToken, person } = tokens;
  await writeSession(cli.config.sessionFile, { server, email: person.email, accessToken, accessExpiresAt, refreshToken });
  cli
    .output()
    .answer({ server, person }, () => `Signed in to ${server} as ${plain(person.email)}, ${person.role} of ${plain(person.workspace.name)}.`);
}

/** The tokens are removed here even when the server cannot be told. */
async function logout(cli: Cli): Promise<void> {
  const { client, server } = await connect(cli.config.sessionFile, cli.signal);
  const trouble = await client.logout().then(
    () => null,
    (error: unknown) => asFailure(error),
  );
  await removeSession(cli.config.sessionFile);
  if (trouble && trouble.status !== 401)
    throw new Failure(trouble.code, `The tokens are removed here, but the session lives on: ${trouble.message}`, { cause: trouble });
  cli.output().answer({ server }, () => `Signed out of ${server}.`);
}

async function showMe(cli: Cli): Promise<void> {
  const { client, server } = await cli.connect();
  const me = await client.me();
  cli.output().answer({ server, ...me }, () =>
    fieldsOf([
      ['server', server],
      ['mail', me.email],
      ['user name', me.username],
      ['name', me.name],
      ['role', me.role],
      ['workspace', me.workspace.name],
    ]),
  );
}

function serverOf(text: string): string {
  const url = text.includes('://') ? text : `https://${text}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new InvalidArgumentError('It has to be an address, such as https://patchbay.example.com.');
  return withoutSlash(url);
}
