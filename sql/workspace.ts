import { type Selectable, sql } from 'kysely';
import { WorkspaceSettings } from '#core/api/workspace.ts';
import { Failure } from '#core/failure.ts';
import type { Db, Trx } from './database.ts';
import { instant } from './instant.ts';
import type { Workspaces } from './tables.ts';

export type WorkspaceChange = { name?: string; zone?: string; defaultCountry?: string; settings?: WorkspaceSettings };

/** The workspace of the transaction. */
export async function readWorkspace(trx: Trx) {
  const row = await trx.selectFrom('workspaces').selectAll().executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toWorkspace(row);
}

/** Given settings replace the stored ones of the same name; others stay. */
export async function changeWorkspace(trx: Trx, change: WorkspaceChange) {
  const before = await readWorkspace(trx);
  const row = await trx
    .updateTable('workspaces')
    .set({
      name: change.name,
      zone: change.zone,
      default_country: change.defaultCountry,
      settings: JSON.stringify({ ...before.settings, ...change.settings }),
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toWorkspace(row);
}

function toWorkspace(row: Selectable<Workspaces>) {
  return {
    id: row.id,
    name: row.name,
    zone: row.zone,
    defaultCountry: row.default_country,
    settings: WorkspaceSettings.parse(row.settings),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}

/** Whether this workspace was there first: its admins look after the installation. Works without a workspace. */
export async function isFirstWorkspace(db: Db, workspaceId: string): Promise<boolean> {
  const { rows } = await sql<{ id: string | null }>`select first_workspace() as id`.execute(db);
  return rows[0]?.id === workspaceId;
}
