import { z } from 'zod';
import { frameText } from '#lab/messenger/frame-text.ts';
import type { PageFrame } from '#lab/messenger/model.ts';
import type { Kind, Status, StoredFile, Swap } from './model.ts';

/** What page and server say to each other over the socket. Chats are named by opaque ids, never by numbers. */
export type ChatRow = {
  id: string;
  title: string;
  lastAt: number;
  unread: number;
  draft: string;
  isMuted: boolean;
  isSelf: boolean;
  hasMessages: boolean;
  preview: { text: string; kind: Kind; status: Status | null } | null;
  hidesPreview: boolean;
  /** Names of a group's members; null: a person. */
  members: string[] | null;
  /** `<number>@c.us`, as the old DOM had it in its ids. */
  wid: string;
};

export type MessageView = {
  id: string;
  out: boolean;
  author: string;
  /** In a group each run of bubbles names its author. */
  isGroup: boolean;
  /** The chat's opaque id and, for the oldest dialect, its number. */
  chat: string;
  wid: string;
  kind: Kind;
  file: StoredFile | null;
  text: string;
  at: number;
  /** Null for incoming ones. `pending` and `failed` exist only on the page. */
  status: Status | 'pending' | 'failed' | null;
  quoted: { author: string; text: string } | null;
};

export type Contact = { id: string; title: string };
export type Me = { number: string; name: string; wid: string };
export type Notices = { restrictedUntil: number | null; connection: 'online' | 'phone_offline' | 'computer_offline' };

export type ServerFrame =
  | PageFrame
  | { t: 'qr'; ref: string; size: number; dots: string }
  | { t: 'qr_expired' }
  | { t: 'code'; code: string }
  | { t: 'code_refused' }
  | { t: 'passkey' }
  | { t: 'linked'; deviceId: string; secret: string; me: Me; syncMs: number }
  | { t: 'welcome'; me: Me; notices: Notices; counter: number; backlog: number; chats: ChatRow[]; contacts: Contact[]; showsNews: boolean }
  | { t: 'message'; row: ChatRow; message: MessageView }
  | { t: 'status'; chat: string; id: string; status: Status }
  | { t: 'row'; row: ChatRow }
  | { t: 'ack'; id: string; at: number; status: Status }
  | { t: 'nack'; id: string; why: string }
  | { t: 'draft'; row: ChatRow }
  | { t: 'notices'; notices: Notices }
  | { t: 'logged_out'; why: string }
  | { t: 'swap'; swap: Omit<Swap, 'to'> & { chat: string; title: string } }
  | { t: 'answer'; n: number; answer: Answer };

export type Answer =
  | { is: 'history'; messages: MessageView[]; hasMore: boolean }
  | { is: 'found'; row: ChatRow }
  | { is: 'not_on_whatsapp' }
  | { is: 'profile'; phone: string; name: string };

const chat = z.string();
const keysOfDevice = z.object({ noise: z.string(), identity: z.string(), adv: z.string() });

export const Question = z.discriminatedUnion('is', [
  z.object({ is: z.literal('history'), chat, before: z.string().nullable() }),
  z.object({ is: z.literal('lookup'), phone: z.string() }),
  z.object({ is: z.literal('profile'), chat }),
]);
export type Question = z.output<typeof Question>;

export const ClientFrame = z.discriminatedUnion('t', [
  z.object({ t: z.literal('pair'), keys: keysOfDevice, browser: z.string() }),
  z.object({ t: z.literal('pair_code'), number: z.string() }),
  z.object({ t: z.literal('passkey_done') }),
  z.object({ t: z.literal('hello'), deviceId: z.string(), secret: z.string(), counter: z.number() }),
  z.object({
    t: z.literal('send'),
    id: z.string().regex(/^[0-9A-F]{20,32}$/),
    chat,
    text: z.string(),
    kind: z.enum(['text', 'image', 'video', 'document']),
    file: z.string().nullable(),
    quotes: z.string().nullable(),
    clientAt: z.number(),
    keys: z.array(z.number()),
    counter: z.number(),
  }),
  z.object({ t: z.literal('received'), count: z.number().int().min(0), counter: z.number() }),
  z.object({ t: z.literal('read'), chat }),
  z.object({ t: z.literal('draft'), chat, text: z.string() }),
  z.object({ t: z.literal('log_out') }),
  z.object({ t: z.literal('ask'), n: z.number(), question: Question }),
]);
export type ClientFrame = z.output<typeof ClientFrame>;

export const FrameText = frameText(ClientFrame);
