import { refill } from '#lab/messenger/page/nodes.ts';
import type { DialogView, PeerView } from '#lab/telegram/protocol.ts';
import { dialect, node } from './nodes.ts';
import type { State } from './state.ts';
import { timeOf } from './times.ts';
import { words } from './words.ts';

export type ChatList = { element: HTMLElement; refresh: () => void };

const itemPx = 72;
const kinds = { user: 'private', group: 'group', channel: 'group' } as const;

/** The list of chats. Changed items are appended, so that the order in the DOM is not the order on the screen: that is `style.top` (facts 1, LIST). */
export function createChatList(state: State, open: (peer: PeerView) => void): ChatList {
  const element = node('list', {}, [node('listLoading')]);
  const archive = node('archive', { text: words.archive });
  const drawn = new Map<string, { item: HTMLElement; signature: string }>();
  const refresh = () => {
    if (state.connection !== 'online' && drawn.size === 0) return;
    if (drawn.size === 0) refill(element, dialect === 'a' ? [archive] : []);
    const sorted = [...state.dialogs.values()].filter((dialog) => dialog.last !== null || dialog.draft !== '').sort((a, b) => b.lastAt - a.lastAt);
    for (const [index, dialog] of sorted.entries()) {
      const { id } = dialog.peer;
      const isOpen = id === state.openPeer?.id;
      const signature = JSON.stringify([dialog, isOpen]);
      let known = drawn.get(id);
      if (known?.signature !== signature) {
        known?.item.remove();
        known = { item: itemOf(dialog, { isOpen, open }), signature };
        drawn.set(id, known);
        element.append(known.item);
      }
      known.item.style.top = `${index * itemPx}px`;
    }
    archive.style.top = `${sorted.length * itemPx}px`;
  };
  return { element, refresh };
}

function itemOf(dialog: DialogView, { isOpen, open }: { isOpen: boolean; open: (peer: PeerView) => void }): HTMLElement {
  const { peer, unread, last, draft } = dialog;
  const text = draft === '' || isOpen ? (last?.text ?? '').replaceAll('\n', ' ') : `Draft: ${draft}`;
  const top = node('itemRow', {}, [node('name', { id: peer.id, text: peer.name }), node('itemTime', { text: timeOf(dialog.lastAt) })]);
  const bottom = node('itemRow', {}, [node('preview', { text }), unread > 0 ? node('badge', { count: unread }) : null]);
  const item = node('item', { id: peer.id, kind: kinds[peer.kind], selected: isOpen ? 'selected' : '' }, [
    avatar(peer),
    node('itemInfo', {}, [top, bottom]),
  ]);
  item.addEventListener('click', (event) => {
    event.preventDefault();
    open(peer);
  });
  return item;
}

export const avatar = ({ id, name }: PeerView): HTMLElement => node('avatar', { id, letters: name.slice(0, 1).toUpperCase() });
