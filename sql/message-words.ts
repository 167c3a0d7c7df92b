import { sql } from 'kysely';
import { wordsOf } from '#core/words.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';

/** Characters of a message that can be found. */
const mostOfBody = 20_000;
/** Places that Postgres keeps for one word of a text. */
const mostPlaces = 255;

/** Takes in the words of messages that are new or were changed, in every workspace; answers how many. */
export async function indexWords(db: Db, most = 2000): Promise<number> {
  const { rows } = await sql<{ id: string }>`select w.id from workspaces_with_words_due() w (id)`.execute(db);
  let indexed = 0;
  for (const { id } of rows) indexed += await inWorkspace(db, id, (trx) => indexWordsOf(trx, id, most));
  return indexed;
}

async function indexWordsOf(trx: Trx, workspaceId: string, most: number): Promise<number> {
  const { rows } = await sql<{ id: string; body: string }>`
    with taken as (
      delete from words_due where ctid = any(array(
        select ctid from words_due where workspace_id = ${workspaceId} limit ${most} for update skip locked)) returning message_id)
    select id, left(body, ${mostOfBody}) as body from messages where id in (select message_id from taken)`.execute(trx);
  const words = rows.map((row) => vectorOf(wordsOf(row.body)));
  await sql`select keep_words(${rows.map((row) => row.id)}::uuid[], ${words}::text[])`.execute(trx);
  return rows.length;
}

/** As a tsvector is written: each word with the places where it stands. */
function vectorOf(words: readonly string[]): string {
  const places = new Map<string, number[]>();
  for (const [nth, word] of words.entries()) {
    const known = places.get(word);
    if (!known) places.set(word, [nth + 1]);
    else if (known.length < mostPlaces) known.push(nth + 1);
  }
  return [...places].map(([word, at]) => `'${word}':${at}`).join(' ');
}

/** As a tsquery is written: all words have to stand there, what was written together stands together, and the last may go on. Null: there is no word in it. */
export function queryOf(text: string): string | null {
  const parts = text.trim().split(/\s+/u).map(wordsOf);
  const wanted = parts.map(
    (words, nth) => words.map((word) => `'${word}'`).join(' <-> ') + (nth === parts.length - 1 && words.length === 1 ? ':*' : ''),
  );
  return wanted.filter((one) => one !== '').join(' & ') || null;
}
