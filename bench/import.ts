import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import writeExcelFile from 'write-excel-file/node';
import { createSheetOpener } from '#recipient-files/open.ts';
import { readRecipients } from '#recipient-files/read-recipients.ts';
import { inWorkspace, openDatabase } from '#sql/database.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { addImport, readImport } from '#sql/imports.ts';
import { addList } from '#sql/lists.ts';
import { migrate } from '#sql/migrate.ts';
import { createImporter } from '#workers/import.ts';
import { alternate, type Figure, figureOf, type MeasureAsk, type Pair } from './figure.ts';
import { type Effort, watchProcesses } from './watch-processes.ts';

const usualRows = 100_000;
const bareProgram = fileURLToPath(new URL('./bare-workbook.ts', import.meta.url));
const basis = { source: 'other', date: '2026-01-01', evidence: 'made up for this run' } as const;

/**
 * Seconds until the people of a workbook are on a list, found by their addresses, with their consent: the worker's own job, its process that
 * reads, and Postgres, which writes safely. Against read-excel-file that only reads the same file, in a process of its own. Beside it what
 * reading alone costs us, phone numbers and duplicates looked at.
 */
export async function measureImport({ pairs, size, say, signal }: MeasureAsk): Promise<Figure[]> {
  const people = size ?? usualRows;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using product = await prepare(dataDir, signal);
    const [path, fifth] = [join(dataDir, 'people.xlsx'), join(dataDir, 'fifth.xlsx')];
    await writeWorkbook(path, people);
    await writeWorkbook(fifth, Math.ceil(people / 5));
    const small = { ours: await product.read(fifth, Math.ceil(people / 5)), bare: await readBare(fifth, signal) };
    const efforts: { reading: Effort[]; bare: Effort[] } = { reading: [], bare: [] };
    const ours = async (nth: number) => {
      const effort = await product.takeIn(path, people);
      const reading = await product.read(path, people);
      efforts.reading[nth] = reading;
      say(`import ${nth}: ${told(effort)}; reading alone ${told(reading)}`);
      return effort.seconds;
    };
    const bare = async (nth: number) => {
      const effort = await readBare(path, signal);
      efforts.bare[nth] = effort;
      say(`import ${nth}: read-excel-file reads in ${told(effort)}`);
      return effort.seconds;
    };
    const seconds = await alternate(pairs, ours, bare);
    const pairsOf = (what: keyof Effort): Pair[] =>
      efforts.reading.map((effort, nth) => ({ ours: effort[what], bare: efforts.bare[nth]?.[what] ?? Number.NaN }));
    const memory = { 'MB for a fifth of the rows': Math.round(small.ours.mostMegabytes), 'of read-excel-file': Math.round(small.bare.mostMegabytes) };
    const reading = { name: 'import, reading alone', promised: 3, isMost: true };
    return [
      figureOf({ name: 'import', unit: 'seconds', pairs: seconds, promised: 3, isMost: true, notes: { rows: people } }),
      figureOf({ ...reading, unit: 'seconds', pairs: pairsOf('seconds'), notes: {} }),
      figureOf({ ...reading, name: 'import, memory of reading', unit: 'MB', pairs: pairsOf('mostMegabytes'), promised: null, notes: memory }),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const told = ({ seconds, processorSeconds, mostMegabytes }: Effort): string =>
  `${seconds.toFixed(2)} s (${processorSeconds.toFixed(2)} s of processors, ${Math.round(mostMegabytes)} MB)`;

/** Takes whole workbooks in, and reads them only. Watched is what reads; of a whole import Postgres too. */
async function prepare(dataDir: string, signal: AbortSignal) {
  await using parts = new AsyncDisposableStack();
  const postgres = parts.use(await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') }));
  await migrate(postgres.adminUrl);
  const { db } = parts.use(await openDatabase({ url: postgres.adminUrl, max: 2 }));
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  parts.defer(() => admin.end());
  const { rows } = await admin.query(`select workspace_id as id from register_workspace('bench', 'UTC', 'bench@patchbay.test', 'Bench', '', 'x')`);
  const workspaceId: string = rows[0].id;
  const open = createSheetOpener();
  const importAll = createImporter({ db, tell: () => undefined, log: { info: () => undefined }, open });
  const owned = parts.move();
  return {
    async takeIn(path: string, people: number): Promise<Effort> {
      await admin.query('truncate contacts cascade');
      const content = await readFile(path);
      const { id: importId } = await inWorkspace(db, workspaceId, async (trx) => {
        const { id: listId } = await addList(trx, workspaceId, randomUUID());
        return addImport(trx, { workspaceId, listId, fileName: 'people.xlsx', content, mapping: undefined, basis, defaultCountry: 'DE' });
      });
      await admin.query('checkpoint');
      const { rows: backends } = await admin.query(`select pid from pg_stat_activity where backend_type = 'client backend'`);
      const pids = () => [process.pid, ...childrenOf(), ...backends.map((row) => row.pid)];
      const effort = await watchProcesses(pids, () => importAll({ workspaceId, importId }, signal));
      const { added, error } = await inWorkspace(db, workspaceId, (trx) => readImport(trx, importId));
      if (added !== people) throw new Error(`only ${added} of ${people} people were imported: ${error}`);
      return effort;
    },
    read: (path: string, people: number): Promise<Effort> =>
      watchProcesses(childrenOf, async () => {
        const file = { name: 'people.xlsx', content: await readFile(path) };
        let found = 0;
        for await (const row of readRecipients(open, { file, defaultCountry: 'DE', signal })) found += row.is === 'recipient' ? 1 : 0;
        if (found !== people) throw new Error(`only ${found} of ${people} rows are people`);
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Its own clock, so that the start of its process is not counted; ours is. */
async function readBare(path: string, signal: AbortSignal): Promise<Effort> {
  let stdout = '';
  const effort = await watchProcesses(childrenOf, async () => {
    ({ stdout } = await promisify(execFile)(process.execPath, [bareProgram, path], { signal }));
  });
  return { ...effort, seconds: Number(stdout) };
}

/** As a spreadsheet program writes it: texts shared, numbers and days as such. */
async function writeWorkbook(path: string, rows: number): Promise<void> {
  const head = ['Phone', 'Name', 'E-mail', 'City', 'Language', 'Order', 'Since'].map((value) => ({ value }));
  const body = Array.from({ length: rows }, (_, nth) => [
    { value: 491_510_000_000 + nth },
    { value: `Person ${nth}` },
    { value: `person.${nth}@example.com` },
    { value: `City ${nth % 500}` },
    { value: ['de', 'en', 'ru'][nth % 3] },
    { value: `A-${100_000 + nth}` },
    { value: new Date(Date.UTC(2020, 0, 1 + (nth % 1000))), format: 'yyyy-mm-dd' },
  ]);
  await writeExcelFile([head, ...body]).toFile(path);
}

/** The processes that were started here: what reads, and the first one of Postgres, which takes little. */
const childrenOf = (): number[] => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
