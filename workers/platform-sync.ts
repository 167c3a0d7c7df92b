import type { Logger } from 'pino';
import { readNumber } from '#channels/meta/connection.ts';
import { type ListedTalk, readHistory } from '#channels/meta/history.ts';
import type { MetaSettings } from '#channels/meta/meta-settings.ts';
import { asFailure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import { endSync, noteChecked, startSync } from '#sql/connection-upkeep.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { settleUnread } from '#sql/history.ts';
import type { Queue } from '#sql/queue.ts';
import type { Sealer } from '#sql/sealed.ts';
import { replayUnassigned } from '#sql/webhooks.ts';
import { type OpenedAccount, openPlatformAccount, type PlatformPlace, standStill } from './platform-account.ts';
import { takeIn } from './take-in.ts';

export type PlatformSyncParts = {
  db: Db;
  sealer: Sealer;
  queue: Queue;
  meta: MetaSettings;
  clock: Clock;
  /** Templates of a WhatsApp business, as the platform has them now. */
  readTemplates?: (account: OpenedAccount, place: PlatformPlace, signal: AbortSignal) => Promise<void>;
  tell: () => void;
  log: Pick<Logger, 'warn'>;
};

/**
 * The `platform_sync` job: conversations where the platform lists them, of a number its state and templates. The first one also looks again at
 * stored bodies that nobody took in so far. It may run twice: what is there already does not change. A failure is kept with the account.
 */
export function createPlatformSync(parts: PlatformSyncParts): (place: PlatformPlace, signal: AbortSignal) => Promise<void> {
  const { db, clock, tell, log } = parts;
  return async (place, signal) => {
    const startedAt = clock.now();
    if (!(await inWorkspace(db, place.workspaceId, (trx) => startSync(trx, place, startedAt)))) return;
    tell();
    const failure = await sync(parts, place, signal).then(() => null, asFailure);
    if (failure?.code === 'platform_sign_in') await standStill(db, place, { why: failure.message, now: clock.now() });
    if (failure?.code === 'broken') log.warn({ err: failure.cause, accountId: place.accountId }, 'a sync broke');
    await inWorkspace(db, place.workspaceId, (trx) => endSync(trx, place, { startedAt, error: failure?.message ?? null }));
    tell();
  };
}

async function sync(parts: PlatformSyncParts, place: PlatformPlace, signal: AbortSignal): Promise<void> {
  const account = await openPlatformAccount(parts, place);
  if (isFirstSync(account)) {
    await inWorkspace(parts.db, place.workspaceId, async (trx) => {
      if ((await replayUnassigned(trx, account.platform, account.externalId)) > 0) await parts.queue.send('webhooks', {}, { trx });
    });
  }
  if (account.platform === 'whatsapp') return syncNumber(parts, account, { place, signal });
  const reading = { settings: parts.meta, since: account.syncedAt };
  for await (const talk of readHistory(account, reading, signal)) {
    signal.throwIfAborted();
    await keepTalk(parts, place, { talk, isFirst: account.syncedAt === null });
    parts.tell();
  }
}

/** Since it was connected: whatever comes later finds its account. */
const isFirstSync = ({ syncedAt, connectedAt }: OpenedAccount): boolean => syncedAt === null || syncedAt < connectedAt;

/** WhatsApp lists no messages: what was said comes by webhook alone. */
async function syncNumber(parts: PlatformSyncParts, account: OpenedAccount, { place, signal }: { place: PlatformPlace; signal: AbortSignal }) {
  const facts = await readNumber(account, parts.meta, signal);
  await inWorkspace(parts.db, place.workspaceId, (trx) => noteChecked(trx, place, { now: parts.clock.now(), facts }));
  await parts.readTemplates?.(account, place, signal);
}

async function keepTalk(
  { db, clock }: PlatformSyncParts,
  place: PlatformPlace,
  { talk, isFirst }: { talk: ListedTalk; isFirst: boolean },
): Promise<void> {
  const now = clock.now();
  await inWorkspace(db, place.workspaceId, async (trx) => {
    const taken = (await takeIn(trx, { ...place, messages: talk.messages, now })).filter(({ isNew }) => isNew);
    // Where the platform counts nothing, what the first sync brings is old.
    const unread = talk.unread ?? (isFirst ? 0 : null);
    const [one] = taken;
    if (!one || unread === null) return;
    await settleUnread(trx, place, { conversationId: one.conversationId, messageIds: taken.map(({ messageId }) => messageId), unread, now });
  });
}
