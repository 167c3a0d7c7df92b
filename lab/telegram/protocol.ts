import { z } from 'zod';
import { frameText } from '#lab/messenger/frame-text.ts';
import type { PageFrame, SwapMoment } from '#lab/messenger/model.ts';
import type { PeerKind } from './model.ts';

/** What page and server say to each other over the socket. */
export type PeerView = { id: string; kind: PeerKind; isClosed: boolean; name: string; username: string | null };
export type MessageView = { id: number; isOut: boolean; text: string; at: number; isRead: boolean };
export type DialogView = { peer: PeerView; lastAt: number; unread: number; draft: string; last: MessageView | null };
export type Me = { id: string; name: string };

export type ServerFrame =
  | PageFrame
  | { t: 'qr'; size: number; dots: string }
  | { t: 'code_sent'; phone: string }
  | { t: 'needs_password' }
  | { t: 'needs_name' }
  | { t: 'refused'; error: string }
  | { t: 'authorized'; sessionId: string; secret: string; me: Me }
  | { t: 'welcome'; me: Me; dialogs: DialogView[]; syncMs: number; historyPage: number }
  | { t: 'message'; dialog: DialogView; message: MessageView }
  | { t: 'dialog'; dialog: DialogView }
  | { t: 'draft'; dialog: DialogView }
  | { t: 'read'; peer: string }
  | { t: 'ack'; randomId: string; id: number; at: number }
  | { t: 'nack'; randomId: string }
  | { t: 'logged_out' }
  | ({ t: 'swap'; peer: PeerView } & SwapMoment)
  | { t: 'answer'; n: number; answer: Answer };

export type Answer =
  | { is: 'history'; messages: MessageView[]; hasMore: boolean }
  | { is: 'found'; dialog: DialogView }
  | { is: 'nobody' }
  | { is: 'hits'; local: PeerView[]; global: PeerView[] };

const peer = z.string();
export const Question = z.discriminatedUnion('is', [
  z.object({ is: z.literal('history'), peer, before: z.number().nullable() }),
  z.object({ is: z.literal('peer'), id: z.string() }),
  z.object({ is: z.literal('domain'), name: z.string() }),
  z.object({ is: z.literal('phone'), digits: z.string() }),
  z.object({ is: z.literal('search'), text: z.string() }),
]);
export type Question = z.output<typeof Question>;

export const ClientFrame = z.discriminatedUnion('t', [
  z.object({ t: z.literal('wants_qr') }),
  z.object({ t: z.literal('phone'), phone: z.string() }),
  z.object({ t: z.literal('code'), code: z.string() }),
  z.object({ t: z.literal('password'), password: z.string() }),
  z.object({ t: z.literal('hello'), sessionId: z.string(), secret: z.string() }),
  z.object({ t: z.literal('send'), randomId: z.string(), peer, text: z.string(), clientAt: z.number(), keys: z.array(z.number()) }),
  z.object({ t: z.literal('read'), peer }),
  z.object({ t: z.literal('draft'), peer, text: z.string() }),
  z.object({ t: z.literal('ask'), n: z.number(), question: Question }),
]);
export type ClientFrame = z.output<typeof ClientFrame>;

export const FrameText = frameText(ClientFrame);
