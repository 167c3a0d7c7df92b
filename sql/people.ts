import { type Selectable, sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { Role } from '#core/permission.ts';
import { type Db, enterWorkspace, type Trx } from './database.ts';
import { instant } from './instant.ts';
import type { People } from './tables.ts';
import { brokenUnique } from './unique.ts';

export type Registration = { workspace: string; zone: string; email: string; username: string; name: string; passwordHash: string };
export type Registered = { workspaceId: string; personId: string };
export type NewPerson = { email: string; username: string; name: string; role: Role; passwordHash: string };

/** Makes a workspace and its owner. Throws `already_exists` that names the mail address or the user name. Works without a workspace. */
export async function registerWorkspace(db: Db, registration: Registration): Promise<Registered> {
  const { workspace, zone, email, username, name, passwordHash } = registration;
  try {
    const { rows } = await sql<{ workspace_id: string; person_id: string }>`
      select * from register_workspace(${workspace}, ${zone}, ${email}, ${username}, ${name}, ${passwordHash})`.execute(db);
    const row = rows[0];
    if (!row) throw new Error('register_workspace returned nothing');
    return { workspaceId: row.workspace_id, personId: row.person_id };
  } catch (error) {
    throw takenBy(error);
  }
}

/**
 * Registers like `registerWorkspace`, and where this is the first workspace of the installation lets `furnish` fill it in the same
 * transaction: both happen or neither.
 */
export function registerAndFurnish(db: Db, registration: Registration, furnish: (trx: Trx, first: Registered) => Promise<void>): Promise<Registered> {
  return db.transaction().execute(async (trx) => {
    // Two that register at once must not both find the installation empty.
    await sql`select pg_advisory_xact_lock(hashtext('patchbay first workspace'))`.execute(trx);
    const { rows } = await sql<{ empty: boolean }>`select first_workspace() is null as empty`.execute(trx);
    const registered = await registerWorkspace(trx, registration);
    if (!rows[0]?.empty) return registered;
    await enterWorkspace(trx, registered.workspaceId);
    await furnish(trx, registered);
    return registered;
  });
}

/** The person behind a mail address or user name, in any workspace. */
export async function findSignIn(db: Db, login: string): Promise<{ personId: string; workspaceId: string; passwordHash: string } | null> {
  const { rows } = await sql<{ person_id: string; workspace_id: string; password_hash: string }>`select * from find_sign_in(${login})`.execute(db);
  const row = rows[0];
  return row ? { personId: row.person_id, workspaceId: row.workspace_id, passwordHash: row.password_hash } : null;
}

export async function listPeople(trx: Trx) {
  const rows = await trx.selectFrom('people').selectAll().orderBy('created_at').execute();
  return rows.map(toPerson);
}

export async function addPerson(trx: Trx, workspaceId: string, person: NewPerson) {
  try {
    const row = await trx
      .insertInto('people')
      .values({
        workspace_id: workspaceId,
        email: person.email,
        username: person.username,
        name: person.name,
        role: person.role,
        password_hash: person.passwordHash,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toPerson(row);
  } catch (error) {
    throw takenBy(error);
  }
}

/** Throws `wrong_state` for the owner, whose role stays. */
export async function changeRole(trx: Trx, personId: string, role: Role) {
  await refuseOwner(trx, personId, 'The owner of a workspace keeps that role.');
  const row = await trx
    .updateTable('people')
    .set({ role, updated_at: sql<Date>`now()` })
    .where('id', '=', personId)
    .returningAll()
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toPerson(row);
}

/** Removes a person with all sessions; what they did stays in the audit under their id. */
export async function removePerson(trx: Trx, personId: string): Promise<void> {
  await refuseOwner(trx, personId, 'The owner of a workspace cannot be removed.');
  await trx.deleteFrom('people').where('id', '=', personId).execute();
}

async function refuseOwner(trx: Trx, personId: string, sentence: string): Promise<void> {
  const person = await trx.selectFrom('people').select('role').where('id', '=', personId).executeTakeFirst();
  if (!person) throw new Failure('not_found');
  if (person.role === 'owner') throw new Failure('wrong_state', sentence);
}

function takenBy(error: unknown): unknown {
  const constraint = brokenUnique(error);
  if (constraint === 'people_email_key') return taken('email', 'This mail address is in use already. Sign in, or use another one.', error);
  if (constraint === 'people_username_key') return taken('username', 'This user name is taken. Choose another one.', error);
  return error;
}

function taken(field: string, sentence: string, cause: unknown): Failure {
  return new Failure('already_exists', sentence, { fields: { [field]: 'is in use already' }, cause });
}

function toPerson(row: Selectable<People>) {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    name: row.name,
    role: Role.parse(row.role),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}

export async function readPersonMail(trx: Trx, personId: string): Promise<string | null> {
  return (await trx.selectFrom('people').select('email').where('id', '=', personId).executeTakeFirst())?.email ?? null;
}
