import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import { Failure } from '#core/failure.ts';
import { isThisMachine } from './settings.ts';

/** How one mailbox is reached. `none` speaks plainly and is allowed on this machine only. */
export type BoxSettings = { host: string; port: number; security: 'tls' | 'starttls' | 'none'; username: string; password: string; folder: string };
/** One mail as it lies in the box; `raw` is null where it is larger than anybody writes. */
export type BoxMail = { uid: number; raw: Buffer | null };
export type Box = {
  uidValidity: bigint;
  /** The number that the next mail will get. */
  uidNext: number;
  mails: number;
  /** Mails from this number on, oldest first. */
  from(uid: number): AsyncIterable<BoxMail>;
  /** Numbers of mails that came since this day. */
  since(day: Date): Promise<number[]>;
};

/** Mail servers commonly end at 25 MB for a whole mail. */
const mostBytes = 30 * 1024 * 1024;

/** Opens a mailbox for as long as `work` takes, without changing anything in it: who reads it elsewhere still finds new mails unread. */
export async function openBox<T>(settings: BoxSettings, signal: AbortSignal, work: (box: Box, client: ImapFlow) => Promise<T>): Promise<T> {
  const client = await connect(settings);
  const stop = () => client.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const opened = await client.mailboxOpen(settings.folder, { readOnly: true });
    const { uidValidity, uidNext, exists: mails } = opened;
    const from = (uid: number) => mailsFrom(client, uid);
    return await work(
      { uidValidity, uidNext, mails, from, since: async (day) => (await client.search({ since: day }, { uid: true })) || [] },
      client,
    );
  } catch (error) {
    throw boxFailure(error);
  } finally {
    signal.removeEventListener('abort', stop);
    // `logout` would wait for a server that is gone.
    client.close();
  }
}

/** Opens a mailbox once, and says what is there. */
export function lookIntoBox(settings: BoxSettings, signal: AbortSignal): Promise<{ mails: number; folders: string[] }> {
  return openBox(settings, signal, async ({ mails }, client) => ({ mails, folders: (await client.list()).map(({ path }) => path).slice(0, 200) }));
}

async function connect({ host, port, security, username, password }: BoxSettings): Promise<ImapFlow> {
  if (security === 'none' && !isThisMachine(host))
    throw new Failure('mail_sign_in', 'Without encryption a mailbox may only be on this machine. Choose TLS or STARTTLS.');
  // Loaded for the first mailbox: a start does not wait for it.
  const { ImapFlow: Client } = await import('imapflow');
  const options: ImapFlowOptions = {
    host,
    port,
    secure: security === 'tls',
    doSTARTTLS: security === 'starttls',
    auth: { user: username, pass: password },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
  };
  const client = new Client(options);
  // A connection that breaks also fails what waits on it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    // Without this the process stays alive until the server cuts the line (measured: three minutes).
    client.close();
    throw boxFailure(error);
  }
}

async function* mailsFrom(client: ImapFlow, uid: number): AsyncIterable<BoxMail> {
  const found: { uid: number; size: number }[] = [];
  // "7:*" also names the last mail when that is number 5.
  for await (const one of client.fetch(`${uid}:*`, { uid: true, size: true }, { uid: true }))
    if (one.uid >= uid) found.push({ uid: one.uid, size: one.size ?? 0 });
  for (const one of found.sort((a, b) => a.uid - b.uid)) {
    const mail = one.size > mostBytes ? false : await client.fetchOne(String(one.uid), { source: true }, { uid: true });
    yield { uid: one.uid, raw: mail ? (mail.source ?? null) : null };
  }
}

/** What a person can do something about: the password, the folder, the way there. */
function boxFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const {
    authenticationFailed,
    responseText,
    message = '',
    code,
  } = error as { authenticationFailed?: boolean; responseText?: string; message?: string; code?: string };
  if (authenticationFailed) return new Failure('mail_sign_in', 'The mailbox did not accept the user name or password.', { cause: error });
  if (responseText) return new Failure('mail_sign_in', `The mailbox refused: ${responseText.slice(0, 200)}`, { cause: error });
  return new Failure('mail_unreachable', `The mailbox does not answer (${(code ?? message).slice(0, 120)}).`, { cause: error });
}
