import { asFailure, Failure } from '#core/failure.ts';
import type { Trx } from '#sql/database.ts';
import { mailOptIn, readListAsks, thoseToAsk, type WriteMail } from '#sql/double-opt-in.ts';
import type { Queue } from '#sql/queue.ts';

export type AskParts = {
  queue: Queue;
  now: () => Date;
  /** What a list that asks writes; null: nobody knows under which address this installation is reached. */
  writeOptIn: WriteMail | null;
};

/** Somebody new on a list that asks gets its mail at once, unless they have said something before, or were asked a short while ago: by another list, say. */
export async function askOne(trx: Trx, parts: AskParts, place: { workspaceId: string; listId: string; contactId: string }): Promise<void> {
  const asks = await readListAsks(trx, place);
  if (!asks || (await thoseToAsk(trx, [place.contactId])).length === 0) return;
  await mailOptIn(trx, parts.queue, { ...place, asks, write: requireWriter(parts), now: parts.now() }).catch((error: unknown) => {
    if (asFailure(error).code !== 'too_many_requests') throw error;
  });
}

export function requireWriter({ writeOptIn }: Pick<AskParts, 'writeOptIn'>): WriteMail {
  if (!writeOptIn) throw new Failure('wrong_state', 'Set PUBLIC_URL first: the link in the mail has to lead somewhere.');
  return writeOptIn;
}
