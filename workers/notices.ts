import type { Logger } from 'pino';
import { z } from 'zod';
import { sendTestMail } from '#channels/email/send-test.ts';
import type { MailSettings } from '#channels/email/settings.ts';
import type { GuardedRequest } from '#channels/guarded-request.ts';
import { type PushKeys, pushTo } from '#channels/web-push.ts';
import type { AccountRef } from '#core/channel.ts';
import { asFailure } from '#core/failure.ts';
import { quietUntil } from '#core/policy.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import {
  dueNotices,
  holdNotices,
  listPushSubscriptions,
  makeNotices,
  type OutgoingNotice,
  postponeNotices,
  readNoticeSettings,
  readPushKey,
  removePushSubscription,
  type SealedSubscription,
  settleNotices,
} from '#sql/notices.ts';
import { readPersonMail } from '#sql/people.ts';
import type { Sealer } from '#sql/sealed.ts';
import { createLines } from './lines.ts';
import { type DigestLanguage, digestOf } from './notice-digest.ts';

export type NoticeWorkParts = {
  db: Db;
  clock: Clock;
  sealer: Sealer;
  ask: GuardedRequest;
  /** Null: nobody knows where people reach the server, so a mail leads nowhere. */
  publicUrl: string | null;
  settingsOf: (account: AccountRef) => Promise<MailSettings>;
  tell: () => void;
  log: Pick<Logger, 'warn'>;
};
type Place = { workspaceId: string; personId: string };
type DigestSettings = { mailAccountId: string | null; language: DigestLanguage | null };

const readAtOnce = 2000;
/** A worker that died leaves what it held; the same topic and tag make of a second push the same notice. */
const heldMs = 60_000;
const againMs = 10 * 60_000;
const oldMs = 86_400_000;
const Keys = z.object({ p256dh: z.string(), auth: z.string() });

/**
 * Makes notices of what happened, and brings them to people outside the page, when they may be disturbed. `settled` ends when nothing is under way:
 * a push service that is slow, and anybody can name one, holds up nobody else.
 */
export function createNoticeWork(parts: NoticeWorkParts): { look: (signal: AbortSignal) => Promise<void>; settled: () => Promise<void> } {
  const { db, clock, log } = parts;
  const lines = createLines();
  const work = (place: Place, signal: AbortSignal) =>
    bring(parts, place, signal).catch((error: unknown) => log.warn({ err: error, personId: place.personId }, 'notices could not be brought'));
  return {
    async look(signal) {
      while ((await makeNotices(db, clock.now(), readAtOnce)) === readAtOnce && !signal.aborted);
      for (const place of await dueNotices(db, clock.now())) if (!signal.aborted) lines.begin(place.personId, () => work(place, signal));
    },
    settled: lines.settled,
  };
}

async function bring(parts: NoticeWorkParts, place: Place, signal: AbortSignal): Promise<void> {
  const now = parts.clock.now();
  const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(parts.db, place.workspaceId, work);
  const settings = await inside((trx) => readNoticeSettings(trx, place.personId));
  const quiet = settings.quiet && quietUntil(now, settings.quiet, settings.zone);
  if (quiet) return inside((trx) => postponeNotices(trx, place.personId, now, quiet));
  await push(parts, place, signal);
  await mail(parts, place, settings);
}

async function push(parts: NoticeWorkParts, place: Place, signal: AbortSignal): Promise<void> {
  const { db, clock } = parts;
  const now = clock.now();
  const { held, subscriptions } = await inWorkspace(db, place.workspaceId, async (trx) => ({
    held: await holdNotices(trx, place.personId, 'push', { now, until: new Date(now.getTime() + heldMs) }),
    subscriptions: await listPushSubscriptions(trx, place.personId),
  }));
  if (held.length === 0) return;
  const keys = await keysOf(parts);
  // One that takes this one not, or is gone, is not asked for the next one: what is held would be over before.
  const shut = new Map<string, PushEnd>();
  for (const notice of held) {
    const ends = await Promise.all(
      subscriptions.map(async (one) => {
        const end = shut.get(one.id) ?? (await pushOne(parts, place, { notice, keys, one }, signal));
        if (end !== 'taken') shut.set(one.id, end);
        return end;
      }),
    );
    // Stopping is no failure of theirs: what is held is pushed by the next worker.
    if (signal.aborted) return;
    const isLost = ends.includes('refused') && !ends.includes('taken') && now.getTime() - notice.at.getTime() < oldMs;
    const again = isLost ? new Date(now.getTime() + againMs) : null;
    await inWorkspace(db, place.workspaceId, (trx) => settleNotices(trx, [notice.id], 'push', again));
  }
}

type PushEnd = 'taken' | 'gone' | 'refused';

async function pushOne(
  { db, sealer, ask, publicUrl, log }: NoticeWorkParts,
  place: Place,
  { notice, keys, one }: { notice: OutgoingNotice; keys: PushKeys; one: SealedSubscription },
  signal: AbortSignal,
): Promise<PushEnd> {
  // The browser says it in words of its own language; what was written stays here.
  const payload = JSON.stringify({ id: notice.id, kind: notice.kind, name: notice.name, subject: notice.subject });
  const subject = publicUrl?.startsWith('https:') ? publicUrl : 'mailto:push@patchbay.invalid';
  const topic = notice.id.replaceAll('-', '');
  try {
    const subscription = { endpoint: one.endpoint, keys: Keys.parse(JSON.parse(sealer.openText(one.sealedKeys))) };
    const end = await pushTo(ask, { subscription, keys, subject, payload, topic }, signal);
    if (end === 'gone') await inWorkspace(db, place.workspaceId, (trx) => removePushSubscription(trx, place.personId, one.endpoint));
    return end;
  } catch (error) {
    log.warn({ err: error, personId: place.personId }, 'a push service did not take a notice');
    return 'refused';
  }
}

async function keysOf({ db, sealer }: NoticeWorkParts): Promise<PushKeys> {
  const { publicKey, sealedPrivateKey } = await readPushKey(db, () => {
    throw new Error('a browser has subscribed, so there is a key');
  });
  return { publicKey, privateKey: sealer.openText(sealedPrivateKey) };
}

/** One mail for all that came. It is noted before it is sent, because nobody can tell whether a mail went out: at most once. */
async function mail(parts: NoticeWorkParts, place: Place, { mailAccountId: accountId, language }: DigestSettings): Promise<void> {
  const { db, clock, settingsOf, log } = parts;
  const now = clock.now();
  const { held, to } = await inWorkspace(db, place.workspaceId, async (trx) => ({
    held: await holdNotices(trx, place.personId, 'mail', { now, until: null }),
    to: await readPersonMail(trx, place.personId),
  }));
  if (held.length === 0 || !accountId || !to) return;
  try {
    await sendTestMail(await settingsOf({ workspaceId: place.workspaceId, id: accountId, channel: 'email' }), {
      to,
      ...digestOf(held, { publicUrl: parts.publicUrl, language: language ?? 'en' }),
    });
  } catch (error) {
    log.warn({ err: error, personId: place.personId }, 'a digest of notices could not be mailed');
    const young = held.filter(({ at }) => now.getTime() - at.getTime() < oldMs).map(({ id }) => id);
    const isUnsent = ['mail_unreachable', 'mail_sign_in', 'mail_certificate'].includes(asFailure(error).code);
    if (isUnsent) await inWorkspace(db, place.workspaceId, (trx) => settleNotices(trx, young, 'mail', new Date(now.getTime() + againMs)));
  }
}
