import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { Failure } from '#core/failure.ts';
import { PreparingClient } from './hot.ts';
import type { DB } from './tables.ts';

/** A connection or a transaction: query functions take it first. */
export type Db = Kysely<DB>;
export type Trx = Transaction<DB>;
/** `owner` migrates and keeps the queue; the program itself works as `app`, which the row policies bind. */
export type DatabaseRole = 'patchbay_app' | 'patchbay_owner';

// int8 counts and ids stay below 2^53 here; numbers are what every reader wants.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export class Database implements AsyncDisposable {
  readonly db: Db;
  readonly url: string;
  readonly #pool: pg.Pool;

  constructor(url: string, pool: pg.Pool) {
    this.url = url;
    this.#pool = pool;
    this.db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A connection of its own outside the pool, for LISTEN. The caller ends it. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client(connectionOptions(this.url, 'patchbay_app'));
    await client.connect();
    return client;
  }

  get idle(): number {
    return this.#pool.idleCount;
  }
}

/** A new connection plans every statement of a lane anew, so one that rests between two bursts stays. */
const idleMs = 60_000;

/** Opens a pool that works as `patchbay_app`, also when the address names a superuser; refuses when row policies would not bind it. */
export async function openDatabase({ url, max = 10 }: { url: string; max?: number }): Promise<Database> {
  const pool = new pg.Pool({ ...connectionOptions(url, 'patchbay_app'), max, idleTimeoutMillis: idleMs, Client: PreparingClient });
  // An idle connection that breaks (Postgres restarted) is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The pool listens to idle connections only: one that breaks between two queries of a transaction would end the process. Its next query fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const database = new Database(url, pool);
  try {
    await refuseUnboundRole(database.db);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

export function connectionOptions(url: string, role: DatabaseRole): pg.ClientConfig {
  return { connectionString: url, options: `-c role=${role}`, application_name: 'patchbay', connectionTimeoutMillis: 10_000, keepAlive: true };
}

async function refuseUnboundRole(db: Db): Promise<void> {
  const { rows } = await sql<{ rolname: string; free: boolean }>`
    select rolname, rolsuper or rolbypassrls or pg_has_role(oid, 'patchbay_owner', 'usage') as free from pg_roles where rolname = current_user`.execute(
    db,
  );
  const role = rows[0];
  if (!role || role.free) {
    throw new Failure(
      'config_invalid',
      `The database role ${role?.rolname ?? 'in use'} is not bound by row policies. Run npm run migrate, and let DATABASE_URL name a role that may become patchbay_app.`,
    );
  }
}

/** One transaction that sees the rows of one workspace, and none when the workspace is forgotten. */
export function inWorkspace<T>(db: Db, workspaceId: string, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await enterWorkspace(trx, workspaceId);
    return work(trx);
  });
}

/** From here on the transaction sees the rows of this workspace. */
export async function enterWorkspace(trx: Trx, workspaceId: string): Promise<void> {
  await sql`select set_config('app.workspace', ${workspaceId}, true)`.execute(trx);
}
