import type { Chat, Message, Peer } from './model.ts';
import type { DialogView, MessageView, PeerView } from './protocol.ts';
import { type Lab, peerOf } from './store.ts';

export const peerView = ({ id, kind, isClosed, name, username }: Peer): PeerView => ({ id, kind, isClosed, name, username });
export const messageView = ({ id, isOut, text, at, isRead }: Message): MessageView => ({ id, isOut, text, at, isRead });

export function dialogView(lab: Lab, chat: Chat): DialogView {
  const peer = peerOf(lab, chat.peer);
  const last = chat.messages.at(-1);
  return {
    peer: peer ? peerView(peer) : { id: chat.peer, kind: 'user', isClosed: false, name: chat.peer, username: null },
    lastAt: chat.lastAt,
    unread: chat.unread,
    draft: chat.draft,
    last: last ? messageView(last) : null,
  };
}
