import { refill } from '#lab/messenger/page/nodes.ts';
import type { PeerView } from '#lab/telegram/protocol.ts';
import { avatar } from './chat-list.ts';
import { createComposer } from './composer.ts';
import { createMessageList } from './message-list.ts';
import { dialect, node } from './nodes.ts';
import { sendText } from './outbox.ts';
import { type Change, type State, shownMessages, tell } from './state.ts';
import { words } from './words.ts';

export type Conversation = { peer: PeerView; elements: HTMLElement[]; close: () => void };

/** A draft is kept when typing has rested this long, and when the chat is left. */
const draftRestMs = 600;

/** The open conversation: header, messages, composer. */
export function openConversation(state: State, peer: PeerView, typed: () => void): Conversation {
  const list = createMessageList(peer, () => void loadOlder(state, peer.id));
  let kept = state.dialogs.get(peer.id)?.draft ?? '';
  let resting: ReturnType<typeof setTimeout> | undefined;
  const keepDraft = () => {
    clearTimeout(resting);
    const text = composer.text();
    if (text === kept) return;
    kept = text;
    state.wire.send({ t: 'draft', peer: peer.id, text });
    const dialog = state.dialogs.get(peer.id);
    if (dialog) state.dialogs.set(peer.id, { ...dialog, draft: text });
  };
  const composer = createComposer(peer, {
    key: typed,
    change() {
      clearTimeout(resting);
      resting = setTimeout(keepDraft, draftRestMs);
    },
    submit(text, keys) {
      sendText(state, { peer: peer.id, text, keys });
      keepDraft();
    },
  });
  const status = node('headerStatus', { text: words.lastSeen });
  const header = node('header', {}, [avatar(peer), node('name', { id: peer.id, text: peer.name }), status]);
  /** Words with dots after them in place of when the person was seen. */
  const showConnection = () => {
    refill(status, [connectionText(state)]);
    if (dialect === 'a') status.classList.toggle('DotAnimation', state.connection !== 'online');
  };
  const show = (grew: 'newest' | 'older') => {
    const thread = state.threads.get(peer.id);
    list.show(thread && !thread.isLoading ? shownMessages(state, peer.id) : null, grew);
    const isNewest = grew === 'newest' && (state.dialogs.get(peer.id)?.unread ?? 0) > 0;
    if (isNewest && !document.hidden) state.wire.send({ t: 'read', peer: peer.id });
  };
  const listener = (change: Change) => {
    if (change.is === 'thread' && change.peer === peer.id) show(change.grew);
    if (change.is === 'connection') showConnection();
    if (change.is !== 'draft' || change.peer !== peer.id) return;
    kept = change.text;
    composer.setText(change.text);
  };
  state.listeners.add(listener);
  // Scrolling and focus need the nodes in the page, where the caller puts them right after this.
  queueMicrotask(() => {
    composer.setText(kept);
    composer.focus();
    if (state.threads.has(peer.id)) show('newest');
    else void loadNewest(state, peer.id);
  });
  return {
    peer,
    elements: peer.isClosed ? [header, list.element] : [header, list.element, composer.element],
    close() {
      keepDraft();
      state.listeners.delete(listener);
    },
  };
}

/** With a chat open its header tells what else stands over the list. */
function connectionText({ connection }: State): string {
  if (connection === 'online') return words.lastSeen;
  return (connection === 'waiting' ? words.waiting : words.updating).toLowerCase().replace(/…$/, '');
}

export async function loadNewest(state: State, peer: string): Promise<void> {
  if (state.threads.get(peer)?.isLoading) return;
  state.threads.set(peer, { messages: [], hasMore: false, isLoading: true });
  const answer = await state.wire.ask({ is: 'history', peer, before: null });
  if (answer.is !== 'history') return;
  state.threads.set(peer, { messages: answer.messages, hasMore: answer.hasMore, isLoading: false });
  tell(state, { is: 'thread', peer, grew: 'newest' });
}

async function loadOlder(state: State, peer: string): Promise<void> {
  const thread = state.threads.get(peer);
  const [oldest] = thread?.messages ?? [];
  if (!thread?.hasMore || thread.isLoading || !oldest) return;
  thread.hasMore = false;
  const answer = await state.wire.ask({ is: 'history', peer, before: oldest.id });
  if (answer.is !== 'history') return;
  thread.messages.unshift(...answer.messages);
  thread.hasMore = answer.hasMore;
  tell(state, { is: 'thread', peer, grew: 'older' });
}
