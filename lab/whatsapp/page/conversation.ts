import type { StoredFile } from '#lab/whatsapp/model.ts';
import { createPreview, type FileKind } from './attach.ts';
import { avatar } from './chat-list.ts';
import { createComposer } from './composer.ts';
import { showRestricted } from './dialogs.ts';
import { createMessageList } from './message-list.ts';
import { node } from './nodes.ts';
import { sendMessage } from './outbox.ts';
import type { Change, State } from './state.ts';
import { isNewChat, isRestricted, shownMessages, tell } from './state.ts';
import { loadThread } from './sync.ts';
import { words } from './words.ts';

/** The open conversation: header, messages, composer or the bar that stands in its place. */
export type Conversation = { chat: string; element: HTMLElement; carryTextTo: () => string; close: () => void };

export function openConversation(
  state: State,
  place: { chat: string; title: string; text: string | null },
  on: { info: () => void; typed: () => void },
): Conversation {
  const { chat, title } = place;
  const list = createMessageList({ wantsOlder: () => void loadThread(state, chat), reply: (message) => composer.quote(message) });
  const composer = createComposer(state, { chat, title }, { typed: on.typed, chosen: (file, kind) => showPreview(file, kind) });
  const body = node('body', {}, [list.element]);
  const element = node('main', {}, [header(title, state.rows.get(chat)?.members ?? null, on.info), body, composer.element]);
  const showPreview = (file: File, kind: FileKind) => {
    const preview = createPreview(file, {
      close: () => preview.remove(),
      send: (text, keys) => {
        preview.remove();
        void upload(file).then((stored) => sendMessage(state, { chat, title, text, keys, kind, file: stored }));
      },
    });
    body.after(preview);
  };

  const showMessages = (grew: 'newest' | 'older' | 'all') => {
    const thread = state.threads.get(chat);
    list.show(shownMessages(state, chat), { grew, hasMore: !thread || thread.isLoading || thread.hasMore });
  };
  const fitComposer = () => {
    const isBarred = isRestricted(state) && isNewChat(state, chat);
    const wanted = isBarred ? node('timelock', { text: words.restrictedBar }) : composer.element;
    const present = element.lastElementChild;
    if (isBarred !== (present !== composer.element)) present?.replaceWith(wanted);
    return isBarred;
  };
  const listener = (change: Change) => {
    if (change.is === 'notices') fitComposer();
    if ('chat' in change && change.chat !== chat) return;
    if (change.is === 'thread') showMessages(change.grew);
    if (change.is === 'draft') composer.setText(change.text);
    const message = change.is === 'status' ? shownMessages(state, chat).find((shown) => shown.id === change.id) : undefined;
    if (message) list.redraw(message);
  };
  state.listeners.add(listener);
  // Scrolling and focus need the node in the page, where the caller puts it right after this.
  queueMicrotask(() => {
    showMessages('all');
    if (!state.threads.has(chat)) void loadThread(state, chat);
    if (fitComposer()) showRestricted();
    const row = state.rows.get(chat);
    composer.setText(place.text ?? row?.draft ?? '');
    composer.focus();
    if (row && row.unread > 0 && !document.hidden) state.wire.send({ t: 'read', chat });
    tell(state, { is: 'opened', chat });
  });

  return {
    chat,
    element,
    carryTextTo: () => composer.takeText(),
    close() {
      composer.keepDraft();
      state.listeners.delete(listener);
      list.close();
    },
  };
}

async function upload(file: File): Promise<StoredFile> {
  const headers = { 'content-type': file.type || 'application/octet-stream', 'x-file-name': encodeURIComponent(file.name) };
  return (await fetch('/upload', { method: 'POST', body: file, headers })).json();
}

function header(title: string, members: string[] | null, openInfo: () => void): HTMLElement {
  const picture = members ? node('groupIcon') : avatar(title);
  const names = members && node('participants', { names: members.join(', ') });
  const info = node('headerInfo', {}, [picture, node('headerTexts', {}, [node('headerTitle', { title }), names])]);
  info.addEventListener('click', openInfo);
  return node('header', {}, [info]);
}
