import { type Wire as AnyWire, type Listener, openWire } from '#lab/messenger/page/wire.ts';
import type { Answer, ClientFrame, Question, ServerFrame } from '#lab/telegram/protocol.ts';

export type Wire = AnyWire<ClientFrame, Question, Answer>;

export const openTelegramWire = (on: Listener<ServerFrame>): Wire => openWire({ path: '/apiws', atBreak: 'asks again' }, on);
