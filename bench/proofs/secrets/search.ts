import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Where a text was looked for, and in which form it was found. */
export type Find = { place: string; form: string };
export type Haystack = { place: string; content: Buffer };

/** Every form in which a secret could lie about: as it is, escaped once or twice for JSON, for an address, in hex and in base64 at any offset. */
export function formsOf(secret: string): { form: string; bytes: Buffer }[] {
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
  const bytes = Buffer.from(secret);
  const texts = {
    raw: secret,
    JSON: escaped(secret),
    'JSON twice': escaped(escaped(secret)),
    URL: encodeURIComponent(secret),
    form: new URLSearchParams({ '': secret }).toString().slice(1),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
  };
  const found = Object.entries(texts).map(([form, text]) => ({ form, bytes: Buffer.from(text) }));
  for (const [offset, skip] of [
    [0, 0],
    [1, 2],
    [2, 3],
  ] as const) {
    // The signs at both ends also hold bits of what stands beside the secret.
    const inside = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(skip, -1);
    found.push({ form: 'base64', bytes: Buffer.from(inside) });
    found.push({ form: 'base64url', bytes: Buffer.from(inside.replaceAll('+', '-').replaceAll('/', '_')) });
  }
  return found;
}

export function search(secret: string, haystacks: readonly Haystack[]): Find[] {
  const forms = formsOf(secret);
  return haystacks.flatMap(({ place, content }) => {
    const found = forms.find(({ bytes }) => content.includes(bytes));
    return found ? [{ place, form: found.form }] : [];
  });
}

/** Every row of every table, as Postgres writes it out. */
export async function dump(connectionString: string): Promise<Haystack[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const haystacks: Haystack[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ line: string }>(`select t::text as line from ${name} t`);
      haystacks.push({ place: `table ${name}`, content: Buffer.from(rows.map((row) => row.line).join('\n')) });
    }
    return haystacks;
  } finally {
    await client.end();
  }
}

/** Every file below a folder, but for those that are known to hold a secret by design. */
export async function filesIn(folder: string, leaveOut: (path: string) => boolean, path = ''): Promise<Haystack[]> {
  const names = await readdir(join(folder, path)).catch(() => []);
  const found: Haystack[] = [];
  for (const name of names) {
    const inner = join(path, name);
    if (leaveOut(inner)) continue;
    const about = await stat(join(folder, inner)).catch(() => null);
    if (about?.isDirectory()) found.push(...(await filesIn(folder, leaveOut, inner)));
    else if (about?.isFile()) found.push({ place: `file ${inner}`, content: await readFile(join(folder, inner)).catch(() => Buffer.alloc(0)) });
  }
  return found;
}
