import { sql } from 'kysely';
import type { ConnectionLogin } from '#core/connection.ts';
import { Failure } from '#core/failure.ts';
import { Platform } from '#core/platform-event.ts';
import type { Db, Trx } from './database.ts';

/** The ways that lead through a log-in. */
type ConnectLogin = Exclude<ConnectionLogin, 'token'>;
export type NewConnect = {
  workspaceId: string;
  personId: string;
  sessionId: string;
  platform: Platform;
  login: ConnectLogin;
  stateHash: Buffer;
  browserHash: Buffer;
  redirectUri: string;
  graphUrl: string;
  graphVersion: string;
  expiresAt: Date;
};
/** A log-in that has come back from the platform. */
export type UsedConnect = Omit<NewConnect, 'stateHash' | 'browserHash' | 'expiresAt'> & { id: string };

/** A log-in that a person begins; only hashes of its secrets are kept. Answers its id. */
export async function addConnect(trx: Trx, connect: NewConnect): Promise<string> {
  const { id } = await trx
    .insertInto('platform_connects')
    .values({
      workspace_id: connect.workspaceId,
      person_id: connect.personId,
      session_id: connect.sessionId,
      platform: connect.platform,
      login: connect.login,
      state_hash: connect.stateHash,
      browser_hash: connect.browserHash,
      redirect_uri: connect.redirectUri,
      graph_url: connect.graphUrl,
      graph_version: connect.graphVersion,
      expires_at: connect.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

type UsedRow = {
  id: string;
  workspace_id: string;
  person_id: string;
  session_id: string;
  platform: string;
  login: ConnectLogin;
  redirect_uri: string;
  graph_url: string;
  graph_version: string;
};

/** The one time that a state opens; null when it is unknown, was used, has expired, or came back in another browser. Works without a workspace. */
export async function takeState(db: Db, ask: { stateHash: Buffer; browserHash: Buffer; at: Date }): Promise<UsedConnect | null> {
  const { rows } = await sql<UsedRow>`select * from use_platform_state(${ask.stateHash}, ${ask.browserHash}, ${ask.at})`.execute(db);
  const row = rows[0];
  if (!row) return null;
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    personId: row.person_id,
    sessionId: row.session_id,
    platform: Platform.parse(row.platform),
    login: row.login,
    redirectUri: row.redirect_uri,
    graphUrl: row.graph_url,
    graphVersion: row.graph_version,
  };
}

export async function keepChoices(trx: Trx, id: string, { sealed, expiresAt }: { sealed: Buffer; expiresAt: Date }): Promise<void> {
  await trx.updateTable('platform_connects').set({ sealed_choices: sealed, expires_at: expiresAt }).where('id', '=', id).execute();
}

export type OpenConnect = {
  id: string;
  platform: Platform;
  login: ConnectLogin;
  graphUrl: string;
  graphVersion: string;
  sealedChoices: Buffer;
  expiresAt: Date;
};

/** What may be chosen, for the person who has logged in and nobody else. Throws `not_found`. */
export async function readConnect(trx: Trx, ask: { id: string; personId: string; now: Date }): Promise<OpenConnect> {
  const row = await trx
    .selectFrom('platform_connects')
    .selectAll()
    .where('id', '=', ask.id)
    .where('person_id', '=', ask.personId)
    .where('expires_at', '>', ask.now)
    .executeTakeFirst();
  if (!row?.sealed_choices) throw new Failure('not_found', 'This log-in has brought nothing, or its time is over. Connect once more.');
  return {
    id: row.id,
    platform: Platform.parse(row.platform),
    login: row.login as ConnectLogin, // The column's CHECK allows nothing else.
    graphUrl: row.graph_url,
    graphVersion: row.graph_version,
    sealedChoices: row.sealed_choices,
    expiresAt: row.expires_at,
  };
}

export async function removeConnect(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('platform_connects').where('id', '=', id).execute();
}

/** Drops log-ins that are over, with the tokens that nobody chose; answers how many. */
export async function forgetConnects(db: Db, now: Date): Promise<number> {
  const { rows } = await sql<{ forgotten: number }>`select forget_platform_connects(${now}) as forgotten`.execute(db);
  return rows[0]?.forgotten ?? 0;
}
