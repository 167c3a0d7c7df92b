import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareConfig } from '#bin/bare-config.ts';
import { startProgram } from '#bin/start-program.ts';
import { freePort } from '#lab/free-port.ts';
import { startTelegramLab } from '#lab/telegram/site.ts';
import { tell } from '#lab/tell.ts';
import type { ProofOptions } from './options.ts';
import { type Plant, plantAll } from './secrets/plants.ts';
import { dump, filesIn, formsOf, type Haystack, search } from './secrets/search.ts';
import { openTalk } from './secrets/talk.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const phone = '+4915550000002';
/** Files whose purpose is to hold a secret: the key of the installation and the password of its built-in database. */
const holders = ['patchbay.key', join('postgres', 'password')];

/**
 * 3.11: a secret of its own goes in by every way that takes one, also where it is refused, and none is found again: not in a row of the
 * database, a file of the data directory, a line of the log at its most talkative, a reply or an event; as it is, escaped, in hex or base64.
 * That the search can see at all is shown by words that are no secrets.
 */
export async function proveSecrets(_options: ProofOptions): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  try {
    await using parts = new AsyncDisposableStack();
    const lab = parts.use(await startTelegramLab({ settings: { syncMs: 50 } }));
    const password = `S"${randomBytes(9).toString('hex')}\\/&é`;
    await tell(`${lab.control}/accounts`, { id: '500', phone, name: 'Shop', password });
    const settings = settingsOf();
    const product = await startApart(dataDir, settings);
    parts.defer(product.stop);
    const talk = openTalk(product.url);
    const planted = await plantAll({ talk, telegram: { url: lab.url, control: lab.control, phone, password }, closedPort: await freePort() });
    await talk.listen();
    const ownPassword = (await readFile(join(dataDir, 'postgres', 'password'), 'utf8')).trim();
    const plants: Plant[] = [
      ...planted,
      ...Object.entries(settings).map(([name, secret]) => ({ name, secret })),
      { name: 'the password of the built-in database', secret: ownPassword },
    ];
    const port = (await readFile(join(dataDir, 'postgres', 'port'), 'utf8')).trim();
    const tables = await dump(`postgres://postgres:${ownPassword}@127.0.0.1:${port}/postgres`);
    await product.stop();
    const files = await filesIn(dataDir, (path) => holders.includes(path));
    const log = { place: 'the log', content: Buffer.from(product.said.join('')) };
    const replies = { place: 'replies and events', content: Buffer.from(talk.heard.join('\n')) };
    const told = { place: 'replies that hand out tokens', content: Buffer.from(talk.told.join('\n')) };
    const everywhere: Haystack[] = [...tables, ...files, log, replies, told];
    console.log(
      `${plants.length} secrets in ${formsOf('x').length} forms, looked for in ${tables.length} tables, ${files.length} files, a log of ${log.content.length} bytes and ${talk.heard.length} answers`,
    );
    const problems = plants.flatMap(({ name, secret, isTold }) =>
      search(secret, isTold ? everywhere.filter((one) => one !== told) : everywhere).map(
        ({ place, form }) => `${name} was found in ${place}, ${form}.`,
      ),
    );
    return [...problems, ...blind(tables, log, replies)];
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What has to be found, or the search sees nothing. */
function blind(tables: readonly Haystack[], log: Haystack, replies: Haystack): string[] {
  const seen = [
    { what: 'the name of a workspace in the database', found: search('Found me', tables) },
    { what: 'an address in a reply', found: search('shop@example.test', [replies]) },
    { what: 'a path in the log', found: search('/api/mail-accounts', [log]) },
  ];
  return seen.flatMap(({ what, found }) => (found.length > 0 ? [] : [`The search did not see ${what}, so it proves nothing.`]));
}

function settingsOf(): Record<string, string> {
  const names = ['PATCHBAY_KEY', 'META_APP_SECRET', 'INSTAGRAM_APP_SECRET', 'META_VERIFY_TOKEN'];
  return Object.fromEntries(names.map((name) => [name, `S${randomBytes(24).toString('hex')}`]));
}

/** The product as `npm start` runs it, saying all that it can say. */
async function startApart(dataDir: string, settings: Record<string, string>) {
  const env = { ...bareConfig(dataDir, { LOG_LEVEL: 'trace' }).env, ...settings };
  const said: string[] = [];
  const command = [process.execPath, '--require', './bin/load-env.cjs', 'bin/start.ts'] as const;
  const hear = (text: string) => void said.push(text);
  const started = await startProgram(command, /Patchbay is ready at (\S+)/, { cwd: root, env, hear }).catch((error: unknown) => {
    throw new Error(`The product did not start: ${said.join('').slice(-2000)}`, { cause: error });
  });
  return { url: started.ready[1] ?? '', said, stop: () => started[Symbol.asyncDispose]() };
}
