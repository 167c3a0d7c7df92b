import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Contact } from '#core/api/lists.ts';
import { byteOrderMark, csvLine } from '#core/csv.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import type { PageAsk } from '#sql/page.ts';
import type { Blob } from './handler.ts';

type ContactReply = z.output<typeof Contact>;
/** People of one query. */
const pageLength = 1000;
/** Headings that an import knows again, but for the two times. */
const columns = ['name', 'phone', 'email', 'jid', 'handle', 'zone', 'suppressedAt', 'createdAt'] as const satisfies readonly (keyof ContactReply)[];
const headings = ['name', 'phone', 'email', 'jid', 'handle', 'zone', 'no_messages_since', 'added'];

export type PeopleSource = {
  name: string;
  /** Fields that any of them has, in the order of their columns. */
  keys: readonly string[];
  page: (trx: Trx, ask: PageAsk) => Promise<{ rows: ContactReply[]; next: string | null }>;
};

/** People as a file for spreadsheets, made while it is read. */
export function contactsCsv(db: Db, workspaceId: string, { name, keys, page }: PeopleSource): Blob {
  async function* lines(): AsyncGenerator<string> {
    yield byteOrderMark + csvLine([...headings, ...keys]);
    let cursor: string | undefined;
    do {
      const ask = { cursor, limit: pageLength };
      const { rows, next } = await inWorkspace(db, workspaceId, (trx) => page(trx, ask));
      yield rows.map((row) => csvLine([...columns.map((column) => row[column] ?? ''), ...keys.map((key) => row.fields[key] ?? '')])).join('');
      cursor = next ?? undefined;
    } while (cursor);
  }
  return { contentType: 'text/csv; charset=utf-8', fileName: `${name}.csv`, content: Readable.from(lines(), { objectMode: false }) };
}
