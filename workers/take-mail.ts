import { createHash } from 'node:crypto';
import { parseBounces } from '#channels/email/bounce.ts';
import { type MailReply, readReply } from '#channels/email/reply.ts';
import { deliveryOfReturnPath, returnPathPurpose } from '#channels/email/verp.ts';
import type { Bounce } from '#core/bounce.ts';
import type { Incoming } from '#core/channel.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { type MediaStore, mediaMaxBytes } from '#core/media.ts';
import { isStop } from '#core/stop-words.ts';
import { markAutomatic } from '#sql/bot-turns.ts';
import { takeBounces } from '#sql/bounces.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { type Dress, dressMessages, isKnownMessage, threadOf } from '#sql/mail-boxes.ts';
import type { Sealer } from '#sql/sealed.ts';
import { hearStop } from './hear-stop.ts';
import { keepMedia } from './keep-media.ts';
import { takeIn } from './take-in.ts';

export type MailTaking = { db: Db; sealer: Sealer; mediaStore: MediaStore };
type Place = { workspaceId: string; accountId: string };
type Kept = Awaited<ReturnType<typeof keepMedia>>;
/** The part of taking a mail that belongs in one transaction. */
type Taking = (trx: Trx, now: Date) => Promise<void>;

/** What becomes of one mail of an account's mailbox: a bounce decides about a delivery, a reply stands in its conversation, the rest is let be. */
export async function takeMail(parts: MailTaking, place: Place, raw: Buffer): Promise<Taking | null> {
  const bounces = parseBounces(raw);
  if (bounces.length > 0) return takingBounces(parts, place, bounces, raw);
  const reply = await readReply(raw);
  return reply && takingReply(parts, place, reply);
}

function takingBounces({ sealer }: MailTaking, place: Place, bounces: readonly Bounce[], raw: Buffer): Taking {
  const key = sealer.derive(returnPathPurpose);
  const digest = createHash('sha256').update(raw).digest('hex').slice(0, 40);
  const told = bounces.map((bounce, at) => {
    const deliveryId = bounce.sentTo.map((address) => deliveryOfReturnPath(address, key)).find((id) => id !== null) ?? null;
    return { ...bounce, deliveryId, source: 'mailbox' as const, sourceId: `${digest} ${at}` };
  });
  return async (trx, now) => void (await takeBounces(trx, { ...place, told, now }));
}

async function takingReply(parts: MailTaking, place: Place, reply: MailReply): Promise<Taking | null> {
  const { workspaceId, accountId } = place;
  const { thread, isOurs } = await inWorkspace(parts.db, workspaceId, async (trx) => ({
    thread: await threadOf(trx, accountId, reply.answers),
    // Our own mail, in a folder that keeps copies, or a mail that was read before its box was numbered anew.
    isOurs: (await isKnownMessage(trx, accountId, reply.messageId)) || (await addressOf(trx, accountId)) === reply.from.address,
  }));
  if (isOurs || (reply.isBulk && !thread)) return null;
  const { files, refused } = await keepFiles(parts, place, reply.files);
  const messages = messagesOf(reply, { thread: thread?.peer ?? null, files, refused });
  const dresses = messages.map(
    ({ platformId }, at): Dress => ({
      platformId,
      mediaId: files[at]?.mediaId ?? null,
      replyTo: at === 0 ? (thread?.messageId ?? null) : null,
      folded: at === 0 ? reply.folded : null,
    }),
  );
  return async (trx, now) => {
    const inTime = messages.map((message) => ({ ...message, at: message.at && message.at > now ? now : message.at }));
    const taken = await takeIn(trx, { ...place, messages: inTime, now });
    if (reply.isBulk)
      await markAutomatic(
        trx,
        taken.map((message) => message.messageId),
      );
    await dressMessages(trx, accountId, dresses);
    const [first] = taken;
    // Programs that unsubscribe somebody say so in the subject.
    if (first?.isNew && isStop(reply.subject) === 'stop') await hearStop(trx, { workspaceId, ...first, now }, reply.subject);
  };
}

async function addressOf(trx: Trx, accountId: string): Promise<string | null> {
  const row = await trx.selectFrom('mail_accounts').select('from_address').where('account_id', '=', accountId).executeTakeFirst();
  return row?.from_address.toLowerCase() ?? null;
}

/** The mail with its first file, and one message more for each further file. */
function messagesOf(
  reply: MailReply,
  { thread, files, refused }: { thread: string | null; files: readonly Kept[]; refused: readonly string[] },
): Incoming[] {
  const { address, name } = reply.from;
  const peer = thread ?? address;
  const about = { conversation: peer, direction: 'in' as const, status: null, at: reply.at, author: address === peer ? null : address };
  const who = { kind: 'email' as const, value: peer, ...(address === peer && name ? { name } : {}) };
  // A subject says something new where nothing of ours is answered; a wish to be left alone has to stand alone.
  const hasOwnSubject = thread === null && reply.subject !== '' && isStop(reply.text) !== 'stop';
  const text = [...(hasOwnSubject ? [reply.subject] : []), reply.text, ...refused].filter(Boolean).join('\n\n');
  const [first, ...others] = files;
  return [
    { ...about, peer: who, platformId: reply.messageId, kind: first?.kind ?? 'text', text },
    ...others.map((file, at) => ({ ...about, peer: who, platformId: `${reply.messageId}#${at + 2}`, kind: file.kind, text: '' })),
  ];
}

/** Files that can be kept, and a line for each that cannot. Those of a mail that is not taken after all go with what nobody uses. */
async function keepFiles(parts: MailTaking, { workspaceId }: Place, given: MailReply['files']): Promise<{ files: Kept[]; refused: string[] }> {
  const files: Kept[] = [];
  const refused: string[] = [];
  for (const file of given) {
    try {
      if (file.content.length > mediaMaxBytes) throw new Failure('too_large');
      files.push(await keepMedia(parts, workspaceId, file));
    } catch (error) {
      if (!refusals.has(asFailure(error).code)) throw error;
      refused.push(`[${file.name}]`);
    }
  }
  return { files, refused };
}

/** What a file may be, and what there is no room for: said in the conversation by its name. */
const refusals: ReadonlySet<string> = new Set(['unsupported_format', 'invalid_input', 'too_large']);
