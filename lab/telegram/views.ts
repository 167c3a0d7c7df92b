import type { Dialog, Message, Peer } from './model.ts';
import type { DialogView, MessageView, PeerView } from './protocol.ts';
import { type Lab, peerOf } from './store.ts';

export const peerView = ({ id, kind, name, username }: Peer): PeerView => ({ id, kind, name, username });
export const messageView = ({ id, isOut, text, at, isRead }: Message): MessageView => ({ id, isOut, text, at, isRead });

export function dialogView(lab: Lab, dialog: Dialog): DialogView {
  const peer = peerOf(lab, dialog.peer);
  const last = dialog.messages.at(-1);
  return {
    peer: peer ? peerView(peer) : { id: dialog.peer, kind: 'user', name: dialog.peer, username: null },
    lastAt: dialog.lastAt,
    unread: dialog.unread,
    draft: dialog.draft,
    last: last ? messageView(last) : null,
  };
}
