import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import { ImportMapping, type ImportReject, type Import as ImportSchema } from '#core/api/lists.ts';
import { ConsentBasis } from '#core/consent.ts';
import { Failure } from '#core/failure.ts';
import type { Cli } from './cli.ts';
import { findByName } from './find-by-name.ts';
import { readPages } from './read-pages.ts';
import { count, tableOf } from './table.ts';

type Import = z.output<typeof ImportSchema>;
type Reject = z.output<typeof ImportReject>;
export type ImportOptions = {
  list: string;
  create?: true;
  map?: [string, string][];
  field?: [string, string][];
  country?: string;
  agreedBy?: string;
  agreedOn?: string;
  evidence?: string;
};
const lookMs = 400;

/** Uploads, waits for the end, and answers with the counts and every rejected row. An import that broke off is a failure; rejected rows are not. */
export async function importFile(cli: Cli, file: string, options: ImportOptions): Promise<void> {
  const mapping = mappingOf(options);
  const basis = basisOf(options);
  const content = await openAsBlob(file).catch((error: Error) => {
    throw new Failure('invalid_input', `${file} cannot be read: ${error.message}.`, { cause: error });
  });
  const { client } = await cli.connect();
  const listId = await listIdOf(client, options);
  const upload = { name: basename(file), content };
  const started = await client.startImport({ params: { id: listId }, body: { mapping, basis, defaultCountry: options.country }, file: upload });
  const done = await follow(cli, client, started);
  const rejects = await readPages(100_000, (query) => client.listRejects({ params: { id: done.id }, query }));
  if (done.state !== 'done')
    throw new Failure('broken', `The import ended early after ${count(done.rowsRead, 'row', 'rows')}: ${done.error ?? done.state}.`);
  cli.output().answer({ import: done, rejects: rejects.rows }, () => report(done, rejects.rows));
}

/** Nothing said: the server suggests the mapping from headings and contents. */
function mappingOf({ map = [], field = [] }: ImportOptions): ImportMapping | undefined {
  if (map.length === 0 && field.length === 0) return undefined;
  // The contract wants column → variable; on the command line the other way round reads like an assignment, as --map does.
  const fields = Object.fromEntries(field.map(([variable, column]) => [column, variable]));
  const mapping = ImportMapping.safeParse({ ...Object.fromEntries(map), fields });
  if (mapping.success) return mapping.data;
  throw new Failure('invalid_input', `--map and --field: ${mapping.error.issues.map(({ message }) => message).join('; ')}.`);
}

/** How the people of the file agreed: all of it, or nothing. */
function basisOf({ agreedBy: source, agreedOn: date, evidence }: ImportOptions): ConsentBasis | undefined {
  if (source === undefined && date === undefined && evidence === undefined) return undefined;
  const basis = ConsentBasis.safeParse({ source, date, evidence });
  if (basis.success) return basis.data;
  const wrong = basis.error.issues.map(({ path, message }) => `${basisOptions[path[0] as keyof ConsentBasis]}: ${message}`); // The shape has no other keys.
  throw new Failure('invalid_input', `${wrong.join('; ')}.`);
}

const basisOptions: Record<keyof ConsentBasis, string> = { source: '--agreed-by', date: '--agreed-on', evidence: '--evidence' };

async function listIdOf(client: Client, { list, create }: ImportOptions): Promise<string> {
  const { rows } = await client.listLists();
  const isKnown = rows.some(({ id, name }) => id === list || name.toLowerCase() === list.trim().toLowerCase());
  if (create && !isKnown) return (await client.addList({ body: { name: list } })).id;
  return findByName(rows, list, 'list').id;
}

async function follow(cli: Cli, client: Client, started: Import): Promise<Import> {
  let now = started;
  while (now.state === 'running') {
    if (!cli.output().isJson && cli.output().isTerminal) cli.output().progress(`${now.fileName}: ${sentenceOf(now)}`);
    await delay(lookMs, undefined, { signal: cli.signal });
    now = await client.readImport({ params: { id: now.id } });
  }
  return now;
}

function report(done: Import, rejects: Reject[]): string {
  const table = tableOf(
    rejects,
    [
      ['ROW', (row) => row.row],
      ['COLUMN', (row) => row.column],
      ['VALUE', (row) => row.value],
      ['REASON', (row) => row.reason],
    ],
    '',
  );
  const encoding = done.encoding ? ` Its text was read as ${done.encoding}.` : '';
  return [`${done.fileName}: ${sentenceOf(done)}${encoding}`, table].filter(Boolean).join('\n\n');
}

const sentenceOf = ({ rowsRead, added, updated, duplicates, rejected }: Import): string =>
  `${count(rowsRead, 'row', 'rows')} read, ${added} added, ${updated} updated, ${count(duplicates, 'duplicate', 'duplicates')}, ${rejected} rejected.`;
