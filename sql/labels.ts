import type { Selectable } from 'kysely';
import { LabelColour } from '#core/conversation.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { requireRoom } from './room.ts';
import type { Labels } from './tables.ts';
import { brokenUnique } from './unique.ts';

type Fields = { name?: string | undefined; colour?: LabelColour | undefined };

export async function listLabels(trx: Trx) {
  const rows = await trx.selectFrom('labels').selectAll().orderBy('name').execute();
  return rows.map(toLabel);
}

export async function addLabel(trx: Trx, workspaceId: string, { name, colour }: { name: string; colour: LabelColour }) {
  await requireRoom(trx, 'labels');
  const row = await trx
    .insertInto('labels')
    .values({ workspace_id: workspaceId, name, colour })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'label_changed', labelId: row.id });
  return toLabel(row);
}

export async function changeLabel(trx: Trx, { workspaceId, labelId }: { workspaceId: string; labelId: string }, { name, colour }: Fields) {
  const row = await trx
    .updateTable('labels')
    .set((eb) => ({ name: name ?? eb.ref('name'), colour: colour ?? eb.ref('colour') }))
    .where('id', '=', labelId)
    .returningAll()
    .executeTakeFirst()
    .catch(nameTaken);
  if (!row) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'label_changed', labelId });
  return toLabel(row);
}

export async function removeLabel(trx: Trx, { workspaceId, labelId }: { workspaceId: string; labelId: string }): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('labels').where('id', '=', labelId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'label_changed', labelId });
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'labels_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a label of this name already.', { fields: { name: 'is taken' }, cause: error });
}

function toLabel(row: Selectable<Labels>) {
  return { id: row.id, name: row.name, colour: LabelColour.parse(row.colour), createdAt: instant(row.created_at) };
}
