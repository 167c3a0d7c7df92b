import { type Wire as AnyWire, type Listener, openWire } from '#lab/messenger/page/wire.ts';
import type { Answer, ClientFrame, Question, ServerFrame } from '#lab/whatsapp/protocol.ts';

export type Wire = AnyWire<ClientFrame, Question, Answer>;

const beatMs = 5000;

/** What was asked before a break is never answered (facts 2.1, "Starting chat" hangs). */
export function openWhatsAppWire(on: Listener<ServerFrame>): Wire {
  const wire: Wire = openWire({ path: '/ws/chat', atBreak: 'forgets' }, on);
  // As the real client does, if less often: something that the server answers, so that both know that the line holds.
  const beat = setInterval(() => wire.send({ t: 'ask', n: 0, question: { is: 'profile', chat: '' } }), beatMs);
  return {
    ...wire,
    close() {
      clearInterval(beat);
      wire.close();
    },
  };
}
