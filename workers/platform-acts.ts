import { actOnPlatform } from '#channels/meta/acts.ts';
import type { JobPayload } from '#core/jobs.ts';
import { inWorkspace } from '#sql/database.ts';
import { findActTarget, keepReaction } from '#sql/platform-acts.ts';
import { metaAccounts, type PlatformGround } from './platform-channels.ts';

/** The `platform_act` job: a read receipt, a sign that somebody types, a reaction. Done twice it says the same. */
export function createPlatformActs(
  ground: PlatformGround & { tell: () => void },
): (job: JobPayload<'platform_act'>, signal: AbortSignal) => Promise<void> {
  const { db, clock, tell } = ground;
  const accountOf = metaAccounts(ground);
  return async ({ workspaceId, conversationId, act }, signal) => {
    const target = await inWorkspace(db, workspaceId, (trx) => findActTarget(trx, { conversationId, act }));
    if (!target) return;
    const { accountId, channel, messageId } = target;
    await actOnPlatform({ accountOf }, { account: { id: accountId, workspaceId, channel }, act, target }, signal);
    if (act.is !== 'react' || messageId === null) return;
    await inWorkspace(db, workspaceId, (trx) => keepReaction(trx, { workspaceId, accountId, messageId, emoji: act.emoji, now: clock.now() }));
    tell();
  };
}
