import type { Logger } from 'pino';
import { parseWebhook, readBody } from '#channels/meta/parse-webhook.ts';
import type { EventOf, Platform, PlatformEvent } from '#core/platform-event.ts';
import { storable } from '#core/storable.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, enterWorkspace, inWorkspace, type Trx } from '#sql/database.ts';
import { recordEvent } from '#sql/events.ts';
import { addIncomingFiles } from '#sql/incoming-files.ts';
import { addMarks, applyMarks, applyUpTo, settleByCallback, waitingMarks } from '#sql/marks.ts';
import { ownersOf, type PlatformOwner } from '#sql/platform-accounts.ts';
import { changeTemplate } from '#sql/platform-templates.ts';
import { joinAliases } from '#sql/same-person.ts';
import { applyPreferences } from '#sql/suppressions.ts';
import { dueWebhooks, type HeldWebhook, holdWebhook, postponeWebhook, settleWebhook } from '#sql/webhooks.ts';
import { followUpFailed } from './follow-up.ts';
import { filesIn } from './incoming-files.ts';
import { aliasesOf, isSaid, marksOf, toIncoming } from './platform-messages.ts';
import { takeIn } from './take-in.ts';

export type WebhookParts = { db: Db; clock: Clock; tell: () => void; log: Pick<Logger, 'warn'> };

/** Bodies that one turn looks at before it looks again. */
const atOnce = 50;

/**
 * Works through the vault: each body in one transaction, so a worker that dies leaves it as it was. Bodies may be done in any order, twice, or
 * by two workers at once. Answers how many it did.
 */
export function createWebhookWork(parts: WebhookParts): (signal: AbortSignal) => Promise<number> {
  return async (signal) => {
    let done = 0;
    for (;;) {
      const ids = await dueWebhooks(parts.db, parts.clock.now(), atOnce);
      let some = 0;
      for (const id of ids) {
        if (signal.aborted) return done + some;
        if (await processOne(parts, id)) some += 1;
      }
      await applyWaitingMarks(parts);
      // What others hold, and what failed, is left to a later turn.
      if (some === 0) return done;
      done += some;
      parts.tell();
    }
  };
}

async function processOne({ db, clock, log }: WebhookParts, id: string): Promise<boolean> {
  try {
    return await db.transaction().execute(async (trx) => {
      const held = await holdWebhook(trx, id);
      if (!held) return false;
      await process(trx, { id, held, now: clock.now() });
      return true;
    });
  } catch (error) {
    log.warn({ err: error, webhookId: id }, 'a webhook could not be processed');
    await postponeWebhook(db, { id, error: error instanceof Error ? error.message : 'failed', now: clock.now() });
    return false;
  }
}

async function process(trx: Trx, { id, held, now }: { id: string; held: HeldWebhook; now: Date }): Promise<void> {
  const read = eventsOf(held);
  if (!read) return settleWebhook(trx, { id, workspaceId: null, state: 'failed', events: [], error: 'The body is not JSON.', now });
  const { platform, events } = read;
  const shares = await shareOut(trx, platform, events);
  for (const [accountId, { workspaceId, events: own }] of shares) {
    await enterWorkspace(trx, workspaceId);
    await takeEvents(trx, { workspaceId, accountId, platform, events: own, receivedAt: held.receivedAt, now });
  }
  const workspaces = new Set([...shares.values()].map((share) => share.workspaceId));
  const [only = null] = workspaces;
  const state = shares.size === 0 && events.length > 0 ? 'unassigned' : 'processed';
  await settleWebhook(trx, { id, workspaceId: workspaces.size === 1 ? only : null, state, events, error: null, now });
}

/** What the parser says today, in a form that can be stored; null where it is not JSON. */
function eventsOf(held: HeldWebhook) {
  try {
    const { platform, events } = parseWebhook(readBody(held.body.toString('utf8')), held.platform);
    return { platform, events: events.map(storable) };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

type Share = { workspaceId: string; events: PlatformEvent[] };

/** Which account each event is for, by the ids inside it: a body may speak of several accounts, and of nobody's. */
async function shareOut(trx: Trx, platform: Platform, events: readonly PlatformEvent[]): Promise<Map<string, Share>> {
  const ids = [...new Set(events.flatMap(idsIn))];
  const owners = ids.length === 0 ? [] : await ownersOf(trx, platform, ids);
  const shares = new Map<string, Share>();
  for (const event of events) {
    const owner = ownerOf(event, owners);
    if (!owner) continue;
    const share = shares.get(owner.accountId) ?? { workspaceId: owner.workspaceId, events: [] };
    share.events.push(event);
    shares.set(owner.accountId, share);
  }
  return shares;
}

/** The account's own end of an event, then what stands above it. */
function idsIn(event: PlatformEvent): string[] {
  const ends = 'from' in event ? [event.to, event.from] : [];
  return [...ends, event.account].filter((id) => id !== null);
}

function ownerOf(event: PlatformEvent, owners: readonly PlatformOwner[]): PlatformOwner | undefined {
  const find = (id: string, isBusiness: boolean) => owners.find((owner) => owner.named === id && owner.isBusiness === isBusiness);
  const ids = idsIn(event);
  for (const id of ids) {
    const owner = find(id, false);
    if (owner) return owner;
  }
  // What names its phone number is for that one only; templates and restrictions name the business alone.
  return 'to' in event && event.to !== null ? undefined : ids.map((id) => find(id, true)).find(Boolean);
}

type Taken = { workspaceId: string; accountId: string; platform: Platform; events: readonly PlatformEvent[]; receivedAt: Date; now: Date };

/** People first, then what was said, then what was said about it. */
async function takeEvents(trx: Trx, taken: Taken): Promise<void> {
  const { workspaceId, accountId, events, now } = taken;
  const place = { workspaceId, accountId };
  for (const event of events) {
    const aliases = aliasesOf(event, taken);
    const name = event.kind === 'message_in' ? (event.contactName ?? null) : null;
    // Somebody with one id and no name is made known by what they wrote.
    if (aliases.length > 1 || name) await joinAliases(trx, { workspaceId, aliases, name });
  }
  const messages = events.filter(isSaid).flatMap((event) => toIncoming(event, taken) ?? []);
  await takeIn(trx, { ...place, messages, now });
  await addIncomingFiles(trx, place, filesIn(events), now);
  let hasNews = false;
  for (const event of events) hasNews = (await takeTemplateNews(trx, event)) || hasNews;
  if (hasNews) await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
  const marks = events.flatMap((event) => marksOf(event, taken));
  await addMarks(trx, place, marks);
  if (marks.some((mark) => mark.kind === 'callback')) await settleByCallback(trx, place, now);
  const failed = await applyMarks(trx, place, { ids: [...messages, ...marks].map((one) => one.platformId), now });
  await followUpFailed(trx, failed, { ...place, now });
  const peers = [
    ...marks.filter((mark) => mark.kind === 'up_to').map((mark) => mark.sender ?? ''),
    ...messages.filter((message) => message.direction === 'out').map((message) => message.conversation),
  ];
  await applyUpTo(trx, place, { peers, now });
  if (marks.some((mark) => mark.kind === 'preference')) await applyPreferences(trx, { ...place, now });
}

/** Whether an event was about a template. */
async function takeTemplateNews(trx: Trx, event: PlatformEvent): Promise<boolean> {
  if (event.kind !== 'template_status' && event.kind !== 'template_quality' && event.kind !== 'template_category') return false;
  const { account, templateId } = event;
  const told = newsOf(event);
  if (account === null || templateId === null || !told) return false;
  await changeTemplate(trx, { businessId: account, externalId: templateId }, told);
  return true;
}

function newsOf(event: EventOf<'template_status'> | EventOf<'template_quality'> | EventOf<'template_category'>) {
  if (event.kind === 'template_quality') return event.new && { quality: event.new };
  if (event.kind === 'template_category') return event.new && { category: event.new };
  const { status, reason } = event;
  return status && { status, reason: reason && reason !== 'NONE' ? reason : null };
}

/** What was said of messages that had not come yet, once they have: a status may overtake the reply to our own send. */
async function applyWaitingMarks({ db, clock, tell }: WebhookParts): Promise<void> {
  const places = await waitingMarks(db);
  for (const place of places) {
    await inWorkspace(db, place.workspaceId, async (trx) => {
      await settleByCallback(trx, place, clock.now());
      const now = clock.now();
      await followUpFailed(trx, await applyMarks(trx, place, { ids: 'waiting', now }), { ...place, now });
    });
  }
  if (places.length > 0) tell();
}
