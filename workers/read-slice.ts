import type { AccountRef, Channel } from '#core/channel.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { ingestTicks } from '#sql/ingest.ts';
import { awaitingConversations, noteUnread, watchedConversations } from '#sql/reading.ts';
import { takeIn } from './take-in.ts';

export type ReadDeps = { db: Db; channel: Channel; clock: Clock; tell: () => void };

/**
 * Reads an account: badges always, chats with a badge only when `openUnread` says so (opening shows as read to the other side), and
 * chats where something was sent lately, for their ticks, when they hold nothing unread. A chat that was answered while it lay open has no
 * badge, and is read because its last word is not ours any more.
 */
export async function readAccount(deps: ReadDeps, ask: { account: AccountRef; openUnread: boolean; signal: AbortSignal }): Promise<number> {
  const { account } = ask;
  const now = deps.clock.now();
  const { watched, awaiting } = await inWorkspace(deps.db, account.workspaceId, async (trx) => ({
    watched: await watchedConversations(trx, account.id, now),
    awaiting: await awaitingConversations(trx, account.id, now),
  }));
  const report = await deps.channel.read(account, { at: null, watched, awaiting, openUnread: ask.openUnread }, ask.signal);
  const taken = await inWorkspace(deps.db, account.workspaceId, async (trx) => {
    const messages = await takeIn(trx, { workspaceId: account.workspaceId, accountId: account.id, messages: report.messages, now });
    await ingestTicks(trx, { workspaceId: account.workspaceId, accountId: account.id, ticks: report.ticks, now });
    await noteUnread(trx, { workspaceId: account.workspaceId, accountId: account.id, unread: report.unread, now });
    return messages;
  });
  deps.tell();
  return taken.filter((message) => message.isNew).length;
}
