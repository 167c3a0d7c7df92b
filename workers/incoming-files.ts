import type { Logger } from 'pino';
import { downloadFile } from '#channels/meta/download.ts';
import { asFailure } from '#core/failure.ts';
import type { MediaStore } from '#core/media.ts';
import type { PlatformEvent } from '#core/platform-event.ts';
import { inWorkspace } from '#sql/database.ts';
import { type DueFile, type IncomingFile, postponeFile, settleFile, takeIncomingFiles } from '#sql/incoming-files.ts';
import { keepMedia } from './keep-media.ts';
import { metaAccounts, type PlatformGround } from './platform-channels.ts';

export type FileParts = PlatformGround & { mediaStore: MediaStore; tell: () => void; log: Pick<Logger, 'warn'> };

/** Ids of a platform's files live for seven days; with these tries the last one is hours after the first. */
const mostTries = 8;
const atOnce = 4;

/** The files that events of messages tell of. */
export function filesIn(events: readonly PlatformEvent[]): IncomingFile[] {
  return events.flatMap((event) => {
    if (event.kind !== 'message_in' || event.id === null || !event.media) return [];
    const { id, url, filename, sha256 } = event.media;
    return id || url ? [{ platformId: event.id, fileId: id, url: url ?? null, name: filename ?? null, sha256: sha256 ?? null }] : [];
  });
}

/** Fetches, checks and stores what came in, until nothing is due. */
export function createFileFetcher(parts: FileParts): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    while (!signal.aborted) {
      const due = await takeIncomingFiles(parts.db, parts.clock.now(), atOnce);
      if (due.length === 0) return;
      await Promise.all(due.map((file) => fetchOne(parts, file, signal)));
      parts.tell();
    }
  };
}

async function fetchOne(parts: FileParts, file: DueFile, signal: AbortSignal): Promise<void> {
  const { db, clock, log } = parts;
  const { workspaceId, accountId, platformId, attempts } = file;
  try {
    const { place } = await metaAccounts(parts)({ id: accountId, workspaceId });
    const content = await downloadFile(place, file, signal);
    const { mediaId } = await keepMedia(parts, workspaceId, { name: file.name ?? 'file', content });
    await inWorkspace(db, workspaceId, (trx) => settleFile(trx, { workspaceId, accountId, platformId }, mediaId));
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === 'broken') log.warn({ err: error, accountId, platformId }, 'a file that came in could not be stored');
    const again = failure.canRetry && attempts < mostTries ? new Date(clock.now().getTime() + 15_000 * 4 ** (attempts - 1)) : null;
    await inWorkspace(db, workspaceId, (trx) => postponeFile(trx, file, { why: failure.message, again }));
  }
}
