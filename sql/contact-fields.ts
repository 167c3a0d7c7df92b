import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { ContactField } from '#core/api/segments.ts';
import { FieldKind, readField } from '#core/contact-field.ts';
import { Failure } from '#core/failure.ts';
import { foldName } from '#core/template-syntax.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import type { ContactFields } from './tables.ts';
import { brokenUnique } from './unique.ts';

type FieldReply = z.output<typeof ContactField>;
const most = 100;

export async function listContactFields(trx: Trx): Promise<FieldReply[]> {
  const rows = await trx.selectFrom('contact_fields').selectAll().orderBy(sql`lower(name)`).execute();
  return rows.map(toField);
}

export async function addContactField(
  trx: Trx,
  ask: { workspaceId: string; name: string; kind: FieldKind; choices: readonly string[] },
): Promise<FieldReply> {
  const key = foldName(ask.name);
  if (key === '') throw new Failure('invalid_input', undefined, { fields: { name: 'has no letter or digit' } });
  refuseWithoutChoices(ask.kind, ask.choices);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from contact_fields`.execute(trx);
  if ((rows[0]?.count ?? 0) >= most) throw new Failure('too_large', `A workspace has at most ${most} fields. Remove one first.`);
  const values = { workspace_id: ask.workspaceId, key, name: ask.name, kind: ask.kind, choices: [...ask.choices] };
  return toField(await trx.insertInto('contact_fields').values(values).returningAll().executeTakeFirstOrThrow().catch(nameTaken));
}

export async function changeContactField(
  trx: Trx,
  id: string,
  { name, choices }: { name?: string | undefined; choices?: readonly string[] | undefined },
) {
  const row = await trx
    .updateTable('contact_fields')
    .set((eb) => ({ name: name ?? eb.ref('name'), choices: choices ? [...choices] : eb.ref('choices'), updated_at: sql<Date>`now()` }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  const field = toField(row);
  refuseWithoutChoices(field.kind, field.choices);
  return field;
}

export async function removeContactField(trx: Trx, id: string): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('contact_fields').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
}

/** Values by their folded names, each in the form of its kind. Throws `invalid_input` that names each wrong one. */
export async function readFields(trx: Trx, given: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const known = new Map((await listContactFields(trx)).map((field) => [field.key, field]));
  const wrong: Record<string, string> = {};
  const values: Record<string, string> = {};
  for (const [name, typed] of Object.entries(given)) {
    const key = foldName(name);
    if (key === '') continue;
    const field = known.get(key);
    const read = field ? readField(field, typed) : ({ is: 'value', value: typed } as const);
    if (read.is === 'refused') wrong[`fields.${name}`] = read.reason;
    else values[key] = read.value;
  }
  const [first] = Object.entries(wrong);
  if (first) throw new Failure('invalid_input', `${first[0].slice('fields.'.length)} ${first[1]}.`, { fields: wrong });
  return values;
}

function refuseWithoutChoices(kind: FieldKind, choices: readonly string[]): void {
  if (kind === 'choice' && choices.length === 0)
    throw new Failure('invalid_input', 'Say what can be chosen.', { fields: { choices: 'are missing' } });
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'contact_fields_workspace_id_key_key') throw error;
  throw new Failure('already_exists', 'There is a field of this name already.', { fields: { name: 'is taken' }, cause: error });
}

const toField = (row: Selectable<ContactFields>): FieldReply => ({
  id: row.id,
  key: row.key,
  name: row.name,
  kind: FieldKind.parse(row.kind),
  choices: row.choices,
  createdAt: instant(row.created_at),
  updatedAt: instant(row.updated_at),
});
