import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '#core/failure.ts';
import { bareEnvironment, findRunner, type Runner } from './embedded-runner.ts';

const run = promisify(execFile);

export type Durability = 'safe' | 'test';

/** Where everything lies in the data directory. */
export type Place = { dataDir: string; cluster: string; password: string; port: string; owner: string; log: string };

export function placeIn(dataDir: string): Place {
  const at = (name: string) => join(dataDir, name);
  return { dataDir, cluster: at('cluster'), password: at('password'), port: at('port'), owner: at('owner'), log: at('postgres.log') };
}

export function settingsFor(durability: Durability): string[] {
  const always = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC', 'log_timezone=UTC'];
  const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=4GB', 'autovacuum_naptime=5min'];
  return (durability === 'test' ? [...always, ...fast] : always).flatMap((setting) => ['-c', setting]);
}

type Preparing = { log: (line: string) => void; signal: AbortSignal; durability: Durability };

/** Makes the cluster under another name first, so that a half-made one is never taken for a whole one. */
export async function prepareCluster(place: Place, { log, signal, durability }: Preparing): Promise<{ runner: Runner; password: string }> {
  if (await exists(place.cluster)) return { runner: await findRunner(place.cluster, log), password: await knownPassword(place) };
  const half = `${place.cluster}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { mode: 0o700 });
  const runner = await findRunner(half, log);
  const password = randomBytes(24).toString('hex');
  const passwordFile = `${place.password}.new`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runner.user) await chown(passwordFile, runner.user.uid, runner.user.gid);
  const [file, ...words] = runner.command('initdb');
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const speed = durability === 'test' ? ['--no-sync'] : [];
  const args = [...words, '-D', half, ...locale, ...access, ...speed];
  await run(file, args, { cwd: '/', env: bareEnvironment, signal, ...runner.user }).catch((cause) => {
    throw new Failure('config_invalid', `The built-in Postgres could not make its cluster in ${place.dataDir}.`, { cause });
  });
  if (runner.user) await chown(passwordFile, 0, 0);
  await rename(passwordFile, place.password);
  await rename(half, place.cluster);
  return { runner, password };
}

async function knownPassword(place: Place): Promise<string> {
  const text = await readFile(place.password, 'utf8').catch((cause) => {
    throw new Failure('config_invalid', `${place.password} cannot be read. Without it nobody can sign in to the database beside it.`, { cause });
  });
  return text.trim();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
