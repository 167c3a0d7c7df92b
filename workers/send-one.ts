import type { AccountRef, Capabilities, Channel, Outgoing } from '#core/channel.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import type { Candidate } from '#sql/lane.ts';
import { afterFailure, type Verdict } from './after-failure.ts';
import type { Ledger } from './ledger.ts';
import type { MediaReader } from './media.ts';
import type { Renderer } from './renderer.ts';

export type SendDeps = { channel: Channel; render: Renderer; mediaOf: MediaReader; clock: Clock };
type Ask = { account: AccountRef; capabilities: Capabilities; ledger: Ledger; signal: AbortSignal };

/** Sends one claimed delivery. What came of it still has to be written. Throws what keeps the ledger from being written: nothing is known then. */
export async function sendOne(deps: SendDeps, one: Candidate, { account, capabilities, ledger, signal }: Ask): Promise<Verdict> {
  let isCommitted = false;
  let unwritten: unknown;
  try {
    const content = await deps.render(account, one);
    const media = one.mediaId ? await deps.mediaOf(account.workspaceId, one.mediaId) : null;
    const message: Outgoing = {
      deliveryId: one.id,
      to: { kind: one.addressKind, value: one.address, name: one.name },
      ...content,
      ...(media && { media }),
      ...(one.quoted && { quoted: one.quoted }),
      heardAt: one.heardAt,
      retried: one.attempt > 0,
      commit: async (anchor) => {
        await ledger.commit({ id: one.id, anchor, isNewContact: one.isNewContact }).catch((error: unknown) => {
          if (!(error instanceof Failure)) unwritten = error;
          throw error;
        });
        isCommitted = true;
      },
    };
    const sent = await deps.channel.send(account, message, signal);
    if (sent.is === 'dry_run') throw new Failure('broken', 'A dry run came back from a real send.');
    const { restsUntil, ...proof } = sent;
    const outcome = { ...proof, id: one.id, text: content.text };
    return { is: 'outcome', outcome, ...(restsUntil && { laneWait: { reason: 'platform', until: restsUntil } }) };
  } catch (error) {
    if (unwritten) throw unwritten;
    const attempted = {
      id: one.id,
      attempt: one.attempt + 1,
      deferredSince: one.deferredSince,
      isNewContact: one.isNewContact,
      isPlanned: one.campaignId !== null,
      isCommitted,
      capabilities,
      now: deps.clock.now(),
    };
    return afterFailure({ ...attempted, failure: asFailure(error) });
  }
}
