import type { PeerView, ServerFrame } from '#lab/telegram/protocol.ts';
import { createChatList } from './chat-list.ts';
import { type Conversation, openConversation } from './conversation.ts';
import { dialect, node } from './nodes.ts';
import { createSearch } from './search.ts';
import { type State, tell } from './state.ts';
import { words } from './words.ts';

export type MainScreen = { element: HTMLElement; open: (peer: PeerView) => void; arm: (swap: Swap) => void };
type Swap = Extract<ServerFrame, { t: 'swap' }>;

/** List on the left, conversation on the right. */
export function createMainScreen(state: State): MainScreen {
  const middle = node('middle');
  let conversation: Conversation | null = null;
  let swap: Swap | null = null;
  const list = createChatList(state, (peer) => open(peer));
  const search = createSearch(state, { open: (peer) => open(peer), results: (results) => stand(results ?? list.element) });
  const notice = () => {
    if (state.connection === 'online' || (dialect === 'a' && state.openPeer)) return null;
    return node('connection', { text: state.connection === 'waiting' ? words.waiting : words.updating });
  };
  let noticed: HTMLElement | null = null;
  const left = node('left', {}, [search]);
  const stand = (below: HTMLElement) => {
    noticed?.remove();
    noticed = notice();
    left.replaceChildren(search, below);
    if (dialect === 'a') search.append(noticed ?? '');
    else if (noticed) below.before(noticed);
  };
  stand(list.element);
  state.listeners.add((change) => {
    if (change.is === 'connection' || change.is === 'opened') stand(list.element);
    if (change.is === 'dialogs' || change.is === 'opened' || change.is === 'connection') list.refresh();
  });
  /** The armed swap: another chat takes the place of the open one at its moment. */
  const moment = (at: Swap['at']) => {
    const armed = swap;
    if (armed?.at !== at) return;
    swap = null;
    setTimeout(() => open(armed.peer), armed.afterMs);
  };
  let resting: ReturnType<typeof setTimeout> | undefined;
  const typed = () => {
    moment('typing');
    clearTimeout(resting);
    resting = setTimeout(() => moment('typed'), 0);
  };
  function open(peer: PeerView): void {
    if (conversation?.peer.id === peer.id) return;
    conversation?.close();
    conversation = openConversation(state, peer, typed);
    state.openPeer = peer;
    middle.replaceChildren(...conversation.elements);
    document.title = peer.name;
    // Web K writes the name where there is one.
    history.pushState(null, '', dialect === 'k' && peer.username ? `#@${peer.username}` : `#${peer.id}`);
    tell(state, { is: 'opened' });
    moment('opened');
  }
  return {
    element: node('main', {}, [left, middle]),
    open,
    arm(next) {
      swap = next;
    },
  };
}
