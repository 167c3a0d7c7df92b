import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { exampleRows } from '#lab/recipients/rows.ts';
import { inWindows1251 } from '#recipient-files/testing/in-windows-1251.ts';
import { addContactField } from '#sql/contact-fields.ts';
import { inWorkspace } from '#sql/database.ts';
import { addImport, endImport, listRejects, readImport } from '#sql/imports.ts';
import { addList, listEntries, readList } from '#sql/lists.ts';
import { createImporter } from './import.ts';

let database: TestDatabase;
let workspaceId: string;
let listId: string;
let told = 0;
const { signal } = new AbortController();

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  const name = `w${Math.random()}`;
  const { rows } = await sql<{
    workspace_id: string;
  }>`select * from register_workspace(${name}, 'UTC', ${`${name}@example.test`}, ${name}, '', 'x')`.execute(database.db);
  workspaceId = rows[0]?.workspace_id ?? '';
  listId = (await inside((trx) => addList(trx, workspaceId, 'People'))).id;
});

const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(database.db, workspaceId, work);
const importer = () => createImporter({ db: database.db, tell: () => (told += 1), log: { info: () => undefined } });
const start = (name: string, content: Buffer) =>
  inside((trx) => addImport(trx, { workspaceId, listId, fileName: name, content, mapping: undefined, defaultCountry: 'DE' }));
const run = (importId: string) => importer()({ workspaceId, importId }, signal);
const stand = (importId: string) => inside((trx) => readImport(trx, importId));
const entries = async () => (await inside((trx) => listEntries(trx, { listId, limit: 200 }))).rows;
const csv = (lines: string[]) => Buffer.from(`Phone,Name,E-mail,City\n${lines.join('\n')}\n`);
const manyLines = (count: number) =>
  Array.from({ length: count }, (_, at) => `+49151${String(50_000_000 + at)},Person ${at},p${at}@example.com,Town ${at % 7}`);

async function take(name: string, content: Buffer) {
  const { id } = await start(name, content);
  await run(id);
  return stand(id);
}

describe('the example list', () => {
  test('comes in with exactly the numbers and reasons its README documents', async () => {
    const done = await take('recipients.xlsx', await readFile('examples/recipients.xlsx'));
    expect(done).toMatchObject({ state: 'done', rowsRead: 200, added: 186, updated: 0, duplicates: 4, rejected: 10, error: null });
    const { rows: rejects } = await inside((trx) => listRejects(trx, { importId: done.id, limit: 200 }));
    const expected = exampleRows().flatMap(({ row, expect: fate }) => (fate.is === 'rejected' ? [[row, fate.reason]] : []));
    expect(rejects.map((reject) => [reject.row, reject.code])).toEqual(expected);
    expect(rejects.every((reject) => /^[A-Z+].*\.$/.test(reject.reason))).toBe(true);
    expect(await inside((trx) => readList(trx, listId))).toMatchObject({ entries: 186, phones: 126, emails: 66, suppressed: 0 });
    const good = exampleRows().flatMap(({ expect: fate }) => (fate.is === 'valid' ? [fate] : []));
    expect((await entries()).map(({ phone, email }) => ({ phone, email }))).toEqual(good.map(({ phone, email }) => ({ phone, email })));
  });

  test('a second time changes people and adds nobody', async () => {
    const content = await readFile('examples/recipients.xlsx');
    await take('recipients.xlsx', content);
    expect(await take('recipients.xlsx', content)).toMatchObject({ added: 0, updated: 186, duplicates: 4, rejected: 10 });
    expect(await inside((trx) => readList(trx, listId))).toMatchObject({ entries: 186 });
  });
});

test('people come in with the basis that was stated, written down for each; without one they may only be answered', async () => {
  const first = await take('without.csv', csv(['+4915150000001,Ann,,', '+4915150000002,Bob,,']));
  expect(first.isReplyOnly).toBe(true);
  const replyOnly = async () => Object.fromEntries((await entries()).map((one) => [one.name, one.isReplyOnly]));
  expect(await replyOnly()).toEqual({ Ann: true, Bob: true });
  const basis = { source: 'website', date: '2026-01-02', evidence: 'form 7' } as const;
  const content = csv(['+4915150000002,Bob,,', '+4915150000003,Cem,,']);
  const { id } = await inside((trx) =>
    addImport(trx, { workspaceId, listId, fileName: 'with.csv', content, mapping: undefined, defaultCountry: 'DE', basis }),
  );
  await run(id);
  expect(await replyOnly()).toEqual({ Ann: true, Bob: false, Cem: false });
  const { rows } = await inside((trx) => sql<{ evidence: string }>`select evidence from consents order by id`.execute(trx));
  expect(rows.map((row) => row.evidence)).toEqual(Array(2).fill(`website: form 7 (import ${id})`));
});

test('a value that is none of its field’s kind keeps its row out, with the reason; the others are kept in the form of their kind', async () => {
  await inside((trx) => addContactField(trx, { workspaceId, name: 'Customer since', kind: 'date', choices: [] }));
  await inside((trx) => addContactField(trx, { workspaceId, name: 'Size', kind: 'choice', choices: ['S', 'M'] }));
  const lines = ['anna@kinds.example,31.1.2026,m', 'bea@kinds.example,soon,S', 'cy@kinds.example,,XL', 'di@kinds.example,,'];
  const done = await take('kinds.csv', Buffer.from(`E-mail,Customer since,Size\n${lines.join('\n')}\n`));
  expect(done).toMatchObject({ state: 'done', added: 2, rejected: 2 });
  expect((await entries()).map(({ email, fields }) => [email, fields])).toEqual([
    ['anna@kinds.example', { customer_since: '2026-01-31', size: 'M' }],
    ['di@kinds.example', {}],
  ]);
  const { rows } = await inside((trx) => listRejects(trx, { importId: done.id, limit: 10 }));
  expect(rows).toMatchObject([
    { row: 3, column: 'Customer since', value: 'soon', code: 'field_invalid', reason: 'This is not a day, such as 2026-01-31.' },
    { row: 4, column: 'Size', value: 'XL', code: 'field_invalid', reason: 'This is none of S, M.' },
  ]);
});

test('a file of Russian Excel is read as it was written, and the import says so', async () => {
  const done = await take('list.csv', inWindows1251('Телефон;Имя\n+79161234567;Иван Петров\nнет;Анна\n'));
  expect(done).toMatchObject({ state: 'done', added: 1, rejected: 1, encoding: 'Windows-1251' });
  expect(await entries()).toMatchObject([{ name: 'Иван Петров', phone: '+79161234567' }]);
});

describe('people that are known', () => {
  test('are met again by phone or by mail, and get what is new about them', async () => {
    await take('a.csv', csv(['+49 151 50000001,Ann,,Rome', ',Bo,bo@example.com,Oslo']));
    const again = await take('b.csv', csv(['0151 50000001,,ann@example.com,', '0151 50000002,Bo Lind,BO@example.com,Bergen']));
    expect(again).toMatchObject({ added: 0, updated: 2 });
    expect(await entries()).toMatchObject([
      { name: 'Ann', phone: '+4915150000001', email: 'ann@example.com', fields: { city: 'Rome' } },
      { name: 'Bo Lind', phone: '+4915150000002', email: 'bo@example.com', fields: { city: 'Bergen' } },
    ]);
  });

  test('who stand twice in the file under different addresses are taken once, wherever the batches part', async () => {
    await take('a.csv', csv(['+49 151 60000001,Ann,ann@example.com,']));
    const lines = ['+49 151 60000001,Ann,,', ...manyLines(1200), ',Ann,ann@example.com,'];
    const done = await take('b.csv', csv(lines));
    expect(done).toMatchObject({ added: 1200, updated: 1, duplicates: 1, rejected: 0 });
  });

  test('keep a Brazilian number as typed first, and are met under its old form', async () => {
    await take('a.csv', csv(['+55 11 98765-4321,Ana,,']));
    expect(await take('b.csv', csv(['+55 11 8765-4321,Ana Lima,,']))).toMatchObject({ updated: 1 });
    expect(await entries()).toMatchObject([{ name: 'Ana Lima', phone: '+5511987654321' }]);
  });
});

describe('a job', () => {
  test('that runs twice at once does everything once', async () => {
    const { id } = await start('a.csv', csv(manyLines(3500)));
    await Promise.all([run(id), run(id)]);
    await run(id);
    expect(await stand(id)).toMatchObject({ state: 'done', rowsRead: 3500, added: 3500 });
    expect(await inside((trx) => readList(trx, listId))).toMatchObject({ entries: 3500 });
  });

  test('that died goes on where it was left, and remembers duplicates from before', async () => {
    const lines = [...manyLines(2500), ...manyLines(3)];
    const { id } = await start('a.csv', csv(lines));
    const dying = new AbortController();
    let batches = 0;
    const die = createImporter({
      db: database.db,
      tell: () => {
        batches += 1;
        if (batches === 2) dying.abort(new Error('killed'));
      },
      log: { info: () => undefined },
    });
    await expect(die({ workspaceId, importId: id }, dying.signal)).rejects.toThrow();
    expect(await stand(id)).toMatchObject({ state: 'running', rowsRead: 2000 });
    await run(id);
    expect(await stand(id)).toMatchObject({ state: 'done', rowsRead: 2503, added: 2500, updated: 0, duplicates: 3 });
  });

  test('that is stopped keeps what came in, and the file is gone', async () => {
    const { id } = await start('a.csv', csv(manyLines(3000)));
    const stopping = createImporter({ db: database.db, tell: () => undefined, log: { info: () => undefined } });
    await inside((trx) => endImport(trx, { workspaceId, importId: id, state: 'stopped', now: new Date() }));
    await stopping({ workspaceId, importId: id }, signal);
    expect(await stand(id)).toMatchObject({ state: 'stopped', rowsRead: 0 });
    expect(await inside((trx) => trx.selectFrom('import_files').select('import_id').execute())).toEqual([]);
  });

  test('with a file that cannot be read ends as failed, and says why', async () => {
    const done = await take('a.csv', Buffer.from('Phone,Name\n+491701234567,"Ann'));
    expect(done).toMatchObject({ state: 'failed', error: expect.stringContaining('never closed') });
    expect((await take('b.csv', Buffer.from('City\nRome\n'))).error).toMatch(/no column with addresses|Give|names no/);
  });

  test('tells of each batch, and ends nowhere else than in its own workspace', async () => {
    told = 0;
    const done = await take('a.csv', csv(manyLines(2100)));
    expect(told).toBe(4);
    const events = await inside((trx) => trx.selectFrom('events').select('kind').where('kind', '=', 'import_changed').execute());
    expect(events).toHaveLength(5);
    const { rows } = await sql<{
      workspace_id: string;
    }>`select * from register_workspace('other', 'UTC', ${`o${Math.random()}@example.test`}, ${`o${Math.random()}`}, '', 'x')`.execute(database.db);
    await importer()({ workspaceId: rows[0]?.workspace_id ?? '', importId: done.id }, signal);
    await expect(inWorkspace(database.db, rows[0]?.workspace_id ?? '', (trx) => readImport(trx, done.id))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
