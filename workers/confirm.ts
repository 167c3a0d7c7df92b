import type { AccountRef, Capabilities, Confirmation } from '#core/channel.ts';
import { asFailure } from '#core/failure.ts';
import type { Outcome } from '#sql/deliveries.ts';
import type { Interrupted } from '#sql/lane.ts';
import { withSecondTry } from './second-try.ts';
import type { SendDeps } from './send-one.ts';

type Ask = { account: AccountRef; capabilities: Capabilities; signal: AbortSignal };

/** How long a committed send is looked for before it is left to a receipt or a person. */
const confirmForMs = 10 * 60_000;
const againMs = 5000;

/**
 * What became of a send that was interrupted after `committing`. Never sends. An account that cannot look right now is asked again, and
 * only what stays unknown for ten minutes becomes `uncertain`; a channel that cannot look makes it `uncertain` at once.
 */
export async function confirmInterrupted(deps: SendDeps, one: Interrupted, { account, capabilities, signal }: Ask): Promise<Outcome> {
  const { text } = await deps.render(account, one);
  const attempt = {
    deliveryId: one.id,
    to: { kind: one.addressKind, value: one.address, name: one.name },
    text,
    ...(one.mediaKind && { mediaKind: one.mediaKind }),
    anchor: one.anchor,
    committedAt: one.committingAt,
  };
  const found = await look(() => deps.channel.confirm(account, attempt, signal));
  if (found.is === 'sent') return { id: one.id, is: 'sent', platformId: found.platformId, at: found.at, conversation: found.conversation, text };
  if (found.is === 'absent') return { id: one.id, is: 'absent' };
  if (found.is === 'refused') return { id: one.id, is: 'failed', reason: 'send_refused', error: found.why };
  const now = deps.clock.now();
  const why = { id: one.id, reason: 'not_proven', error: found.why };
  const mayLookAgain = capabilities.canConfirm && now.getTime() - one.committingAt.getTime() < confirmForMs;
  return mayLookAgain
    ? { ...why, is: 'confirming', until: new Date(now.getTime() + againMs) }
    : withSecondTry({ ...why, is: 'uncertain' }, { capabilities, now });
}

async function look(confirm: () => Promise<Confirmation>): Promise<Confirmation> {
  try {
    return await confirm();
  } catch (error) {
    return { is: 'unknown', why: asFailure(error).message };
  }
}
