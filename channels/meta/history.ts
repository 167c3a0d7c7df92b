import { z } from 'zod';
import type { Incoming } from '#core/channel.ts';
import { type OpenAccount, placeOf } from './connection.ts';
import { askGraph } from './graph.ts';
import { Id, toInstant } from './loose.ts';
import type { MetaSettings } from './meta-settings.ts';
import { readAnswer, readList } from './read-answer.ts';

/** One conversation as the platform lists it; `unread` null: it does not say. */
export type ListedTalk = { messages: Incoming[]; unread: number | null };

const pageLength = 50;
/** Of older ones, people look in the platform's own inbox. */
const mostTalks = 1000;
/** Details of older messages are not given (facts of the conversations page). */
const newestMessages = 20;
/** A conversation that changed while the last sync looked at it is looked at again. */
const overlapMs = 10 * 60_000;

const Word = z.string().nullish().catch(null);
const Person = z.looseObject({ id: Id, name: Word, username: Word }).catch({ id: null });
const People = z.looseObject({ data: z.array(Person).catch([]) }).catch({ data: [] });
const Talk = z.looseObject({
  id: z.coerce.string(),
  updated_time: Word,
  unread_count: z.number().int().nonnegative().nullish().catch(null),
  participants: People.optional(),
});
const Attachment = z.looseObject({ mime_type: Word, name: Word, image_data: z.unknown(), video_data: z.unknown(), file_url: Word });
const Said = z.looseObject({
  id: z.string().min(1),
  created_time: Word,
  from: Person,
  message: Word,
  sticker: Word,
  attachments: z
    .looseObject({ data: z.array(Attachment).catch([]) })
    .optional()
    .catch(undefined),
  shares: z
    .looseObject({ data: z.array(z.looseObject({ link: Word, name: Word })).catch([]) })
    .optional()
    .catch(undefined),
});
type Said = z.output<typeof Said>;
const Thread = z.looseObject({ messages: z.looseObject({ data: z.array(z.unknown()).catch([]) }).catch({ data: [] }) });

const talkFields = 'id,updated_time,unread_count,participants';
const messageFields = `messages.limit(${newestMessages}){id,created_time,from,to,message,attachments,sticker,shares}`;

/** Conversations that changed since, newest first, each with its newest messages. What cannot be read is left out, not its neighbours. */
export async function* readHistory(
  account: OpenAccount & { externalId: string },
  { settings, since }: { settings: MetaSettings; since: Date | null },
  signal: AbortSignal,
): AsyncGenerator<ListedTalk> {
  const place = placeOf(account, settings);
  const own = new Set([account.externalId, account.nodeId]);
  const until = since ? since.getTime() - overlapMs : Number.NEGATIVE_INFINITY;
  const query = { platform: account.platform, fields: talkFields, limit: String(pageLength) };
  for await (const talk of readList(place, { path: `${account.nodeId}/conversations`, query, item: Talk, most: mostTalks }, signal)) {
    const changedAt = toInstant(talk.updated_time);
    if (changedAt !== null && Date.parse(changedAt) < until) return;
    const { messages } = readAnswer(Thread, await askGraph(place, { path: talk.id, query: { fields: messageFields } }, signal));
    const person = talk.participants?.data.find(({ id }) => id !== null && !own.has(id));
    const said = messages.data.flatMap((one) => Said.safeParse(one).data ?? []);
    yield { messages: said.flatMap((one) => toIncoming(one, { own, person }) ?? []).toReversed(), unread: talk.unread_count ?? null };
  }
}

type Around = { own: ReadonlySet<string>; person: z.output<typeof Person> | undefined };

function toIncoming(said: Said, { own, person }: Around): Incoming | null {
  const isOut = said.from.id !== null && own.has(said.from.id);
  const other = isOut ? person : said.from;
  if (!other?.id) return null;
  const at = toInstant(said.created_time);
  const name = other.username ?? other.name ?? person?.username ?? person?.name;
  return {
    conversation: other.id,
    peer: { kind: 'scoped_id', value: other.id.slice(0, 320), ...(name ? { name: String(name) } : {}) },
    platformId: said.id,
    direction: isOut ? 'out' : 'in',
    kind: kindOf(said),
    text: said.message || linkIn(said) || said.attachments?.data[0]?.name || '',
    at: at === null ? null : new Date(at),
    status: isOut ? 'sent' : null,
  };
}

const linkIn = ({ shares }: Said) => shares?.data[0]?.link ?? shares?.data[0]?.name;

function kindOf({ message, sticker, attachments, shares }: Said): Incoming['kind'] {
  const file = attachments?.data[0];
  if (sticker || file?.image_data || file?.mime_type?.startsWith('image/')) return 'image';
  if (file?.video_data || file?.mime_type?.startsWith('video/')) return 'video';
  if (file?.mime_type?.startsWith('audio/')) return 'audio';
  if (file) return 'document';
  return message || shares ? 'text' : 'other';
}
