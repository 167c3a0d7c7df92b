import { type Client, createClient, type Exchange } from '#core/api/client.ts';
import { Failure } from '#core/failure.ts';
import { holdLock } from './lock-file.ts';
import { readSession, removeSession, type Session, writeSession } from './session-file.ts';

/** An upload of 20 MB over a slow line, and then some. */
const patienceMs = 120_000;
/** Renewed so long before its end, so that it does not end on its way. */
const marginMs = 15_000;

export type Connection = {
  client: Client;
  server: string;
  email: string;
  /** A token that is good for a while, for the socket's first message. */
  accessToken(): Promise<string>;
};

/** A client that nobody is signed in to. */
export function openAnonymously(server: string, signal: AbortSignal): Client {
  return createClient(server, (request) => exchangeOnce({ ...request, signal }));
}

/** The client of the stored session; it renews the tokens by itself. Throws `signed_out` when there is none. */
export async function connect(sessionFile: string, signal: AbortSignal): Promise<Connection> {
  let session = await storedSession(sessionFile);
  const { server, email } = session;
  const anonymous = openAnonymously(server, signal);

  async function renew(): Promise<void> {
    await using _lock = await holdLock(`${sessionFile}.lock`, signal);
    const stored = await storedSession(sessionFile);
    const isRenewedByAnother = stored.accessToken !== session.accessToken;
    session = isRenewedByAnother ? stored : await exchangeTokens(anonymous, stored, sessionFile);
  }

  async function accessToken(): Promise<string> {
    if (Date.parse(session.accessExpiresAt) - Date.now() < marginMs) await renew();
    return session.accessToken;
  }

  const exchange: Exchange = async (request) => {
    const signed = async () => ({ ...request, signal, headers: { ...request.headers, authorization: `Bearer ${await accessToken()}` } });
    const response = await exchangeOnce(await signed());
    if (response.status !== 401) return response;
    await renew();
    return exchangeOnce(await signed());
  };
  return { client: createClient(server, exchange), server, email, accessToken };
}

async function storedSession(sessionFile: string): Promise<Session> {
  const session = await readSession(sessionFile);
  if (!session) throw new Failure('signed_out', 'Nobody is signed in. Run patchbay login.');
  return session;
}

async function exchangeTokens(anonymous: Client, session: Session, sessionFile: string): Promise<Session> {
  try {
    const tokens = await anonymous.refresh({ body: { refreshToken: session.refreshToken, keep: 'body' } });
    const { accessToken, accessExpiresAt } = tokens;
    const renewed = { ...session, accessToken, accessExpiresAt, refreshToken: tokens.refreshToken ?? session.refreshToken };
    await writeSession(sessionFile, renewed);
    return renewed;
  } catch (error) {
    if (!(error instanceof Failure) || error.status !== 401) throw error;
    await removeSession(sessionFile);
    throw new Failure('session_ended', 'This session has ended. Run patchbay login.', { cause: error });
  }
}

const exchangeOnce: Exchange = async ({ url, signal, ...init }) => {
  const patience = AbortSignal.timeout(patienceMs);
  try {
    return await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, patience]) : patience });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure('server_unreachable', `The server at ${new URL(url).origin} does not answer${reasonOf(error)}.`, { cause: error });
  }
};

/** Node hides the reason of a failed connection one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
