import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { asFailure, Failure } from '#core/failure.ts';
import { LoginAsk } from '#core/login-ask.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { FlowRows } from './desk-deps.ts';
import type { ProfileDesk } from './profile-desk.ts';
import type { ProfileRef } from './profile-spec-of.ts';

export type PrivateApiDeps = {
  db: Db;
  desk: ProfileDesk;
  /** What the open browser of a profile holds, in Playwright's format. */
  storageState: (profileId: string) => Promise<unknown>;
  print: (html: string, signal: AbortSignal) => Promise<Buffer>;
  run: (ref: ProfileRef, flow: string, input: Record<string, string>, signal: AbortSignal) => Promise<FlowRows>;
};

const Path = /^\/profiles\/([0-9a-f-]{36})\/(login|me|unread|dialogs|check-number|storage-state)$/;
const Workspace = z.strictObject({ workspaceId: z.uuid() });
const NumberAsk = z.strictObject({ phone: z.string().max(32) });
const PrintAsk = z.strictObject({ html: z.string() });
/** An ask is a few words; the tables of four hundred days and all accounts are not. */
const mostBytes = { ask: 16_384, page: 8_388_608 } as const;
/** A person waits for the answer: a login by password takes up to a minute on a slow messenger. */
const longestMs = 90_000;

/**
 * What servers ask of the worker that holds a profile: POST /profiles/:id/<act> with `{ workspaceId, ask? }`; and of any worker: POST /print with
 * `{ html }`, answered with a PDF. The caller has proven the secret already. Answers false for paths that are not ours.
 */
export function createPrivateApi(deps: PrivateApiDeps): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const [, accountId, act] = Path.exec(request.url ?? '') ?? [];
    const isPrint = request.url === '/print';
    if (request.method !== 'POST' || !(isPrint || (accountId && act))) return false;
    try {
      if (!accountId || !act) {
        const { html } = PrintAsk.parse(await readJson(request, mostBytes.page));
        response.writeHead(200, { 'content-type': 'application/pdf' }).end(await deps.print(html, AbortSignal.timeout(longestMs)));
        return true;
      }
      const body = z
        .object({ ask: z.unknown() })
        .partial()
        .and(Workspace.loose())
        .parse(await readJson(request, mostBytes.ask));
      const ref = { workspaceId: body.workspaceId, accountId };
      await refuseStrangers(deps.db, ref);
      reply(response, 200, await answer(deps, ref, act, body.ask));
    } catch (error) {
      const failure = error instanceof z.ZodError ? new Failure('invalid_input', undefined, { cause: error }) : asFailure(error);
      reply(response, failure.status, { error: { code: failure.code, message: failure.message } });
    }
    return true;
  };
}

async function answer(deps: PrivateApiDeps, ref: ProfileRef, act: string, ask: unknown): Promise<unknown> {
  const signal = AbortSignal.timeout(longestMs);
  if (act === 'login') return deps.desk.login(ref, LoginAsk.parse(ask ?? { by: 'look' }), signal);
  if (act === 'storage-state') return deps.storageState(ref.accountId);
  deps.desk.refuseUnlessReady(ref.accountId);
  if (act === 'check-number') return checkNumber(deps, ref, NumberAsk.parse(ask).phone, signal);
  const rows = await deps.run(ref, act, {}, signal);
  const found = rows[act] ?? [];
  if (act === 'me') return { identity: found[0]?.identity ?? found[0]?.name ?? null, state: deps.desk.stateOf(ref.accountId) ?? 'stopped' };
  const number = (text: string | null | undefined) => Number.parseInt((text ?? '0').replaceAll(/\D/g, ''), 10) || 0;
  const named = found.map((row) => ({
    conversation: row.conversation ?? row.name ?? '',
    name: row.name ?? row.conversation ?? '',
    count: number(row.count ?? row.unread),
  }));
  return { rows: act === 'unread' ? named : named.map(({ count, ...row }) => ({ ...row, unread: count })) };
}

/** Only what the page says counts: a chat that opened, or its sentence that there is none. */
async function checkNumber(deps: PrivateApiDeps, ref: ProfileRef, phone: string, signal: AbortSignal): Promise<unknown> {
  const { present = [], absent = [] } = await deps.run(ref, 'checkNumber', { to: phone }, signal);
  const isClear = present.length > 0 !== absent.length > 0;
  return { phone, exists: isClear ? present.length > 0 : null };
}

/** The workspace has to be the account's: row security finds nothing otherwise. */
async function refuseStrangers(db: Db, ref: ProfileRef): Promise<void> {
  const row = await inWorkspace(db, ref.workspaceId, (trx) =>
    trx.selectFrom('profiles').select('account_id').where('account_id', '=', ref.accountId).executeTakeFirst(),
  );
  if (!row) throw new Failure('not_found');
}

async function readJson(request: IncomingMessage, most: number): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > most) throw new Failure('too_large');
    parts.push(part);
  }
  return parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString('utf8')) : {};
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
