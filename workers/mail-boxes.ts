import type { Logger } from 'pino';
import { type Box, type BoxMail, type BoxSettings, openBox } from '#channels/email/box.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import { inWorkspace } from '#sql/database.ts';
import { type HeldBox, moveCursor, releaseBox, takeBoxes } from '#sql/mail-boxes.ts';
import { readBox } from '#sql/mail-in.ts';
import { type MailTaking, takeMail } from './take-mail.ts';

export type BoxParts = MailTaking & { hostId: string; clock: Clock; tell: () => void; log: Pick<Logger, 'warn'>; stop: AbortSignal };

/** Boxes that one worker reads side by side; each waits for its server most of the time. */
const atOnce = 4;
/** A mail that could not be taken so often is left where it lies, and what comes after it is read. */
const mostTries = 3;
const dayMs = 86_400_000;

/** Reads every mailbox whose turn it is, each from where it was left. Answers how many boxes. */
export function createBoxReader(parts: BoxParts): () => Promise<number> {
  const tries = new Map<string, number>();
  return async () => {
    const held = await takeBoxes(parts.db, parts.hostId, parts.clock.now(), atOnce);
    await Promise.all(held.map((box) => readHeld(parts, { box, tries, signal: parts.stop })));
    if (held.length > 0) parts.tell();
    return held.length;
  };
}

type Turn = { box: HeldBox; tries: Map<string, number>; signal: AbortSignal };

async function readHeld(parts: BoxParts, turn: Turn): Promise<void> {
  const { box, signal } = turn;
  const error = await readOne(parts, turn).then(
    () => null,
    (cause: unknown) => {
      const failure = asFailure(cause);
      // A worker that stops, and a mail that waits for its own send, are no trouble.
      if (signal.aborted || failure.code === 'not_ready') return null;
      if (failure.code === 'broken') parts.log.warn({ err: failure, accountId: box.accountId }, 'a mailbox could not be read');
      return failure.message;
    },
  );
  await inWorkspace(parts.db, box.workspaceId, (trx) => releaseBox(trx, box, { error, now: parts.clock.now() }));
}

async function readOne(parts: BoxParts, turn: Turn): Promise<void> {
  const { box, signal } = turn;
  const row = await inWorkspace(parts.db, box.workspaceId, (trx) => readBox(trx, box.accountId));
  if (!row) return;
  const settings: BoxSettings = {
    host: row.host,
    port: row.port,
    security: row.security as BoxSettings['security'], // The column's CHECK allows nothing else.
    username: row.username,
    password: parts.sealer.openText(row.sealed_password),
    folder: row.folder,
  };
  await openBox(settings, signal, async (opened) => {
    const at = { uidValidity: opened.uidValidity, end: opened.uidNext - 1 };
    // What lay there before the account was told of the box is nobody's reply to it.
    if (row.uid_validity === null) return move(parts, box, { uidValidity: at.uidValidity, lastUid: at.end });
    const isRenumbered = BigInt(row.uid_validity) !== at.uidValidity;
    // Numbered anew: what was read before is found again by its date, and known by its own id.
    const first = isRenumbered ? await firstSince(opened, row.read_at ?? parts.clock.now()) : Number(row.last_uid) + 1;
    if (first > at.end) return move(parts, box, { uidValidity: at.uidValidity, lastUid: at.end });
    for await (const mail of opened.from(first)) {
      if (signal.aborted) return;
      await takeOne(parts, turn, { mail, uidValidity: at.uidValidity });
    }
  });
}

async function firstSince(opened: Box, readAt: Date): Promise<number> {
  const uids = await opened.since(new Date(readAt.getTime() - 2 * dayMs));
  return Math.min(...uids, opened.uidNext);
}

/** One mail and the cursor past it, together: a worker that dies between two mails repeats none and loses none. */
async function takeOne(parts: BoxParts, { box, tries }: Turn, { mail, uidValidity }: { mail: BoxMail; uidValidity: bigint }): Promise<void> {
  const key = `${box.accountId} ${uidValidity} ${mail.uid}`;
  const now = parts.clock.now();
  const advance = { uidValidity, lastUid: mail.uid, now };
  try {
    const taking = mail.raw === null ? null : await takeMail(parts, box, mail.raw);
    await inWorkspace(parts.db, box.workspaceId, async (trx) => {
      if (!(await moveCursor(trx, box, advance))) throw new Failure('not_ready', 'Another worker reads this mailbox now.');
      await taking?.(trx, now);
    });
    tries.delete(key);
  } catch (error) {
    const count = (tries.get(key) ?? 0) + 1;
    tries.set(key, count);
    const isBug = asFailure(error).code === 'broken';
    if (!isBug || count < mostTries) throw error;
    tries.delete(key);
    parts.log.warn({ err: error, accountId: box.accountId, uid: mail.uid }, 'a mail was left unread');
    await move(parts, box, advance);
  }
}

async function move(parts: BoxParts, box: HeldBox, to: { uidValidity: bigint; lastUid: number }): Promise<void> {
  await inWorkspace(parts.db, box.workspaceId, async (trx) => void (await moveCursor(trx, box, { ...to, now: parts.clock.now() })));
}
