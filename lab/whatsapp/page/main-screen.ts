import { part } from '#lab/messenger/page/nodes.ts';
import type { ServerFrame } from '#lab/whatsapp/protocol.ts';
import { createChatList } from './chat-list.ts';
import type { Conversation } from './conversation.ts';
import { openConversation } from './conversation.ts';
import { openDrawer } from './drawer.ts';
import { node } from './nodes.ts';
import { createSearch } from './search.ts';
import type { State } from './state.ts';
import { tell } from './state.ts';
import { words } from './words.ts';

type Swap = Extract<ServerFrame, { t: 'swap' }>['swap'];
export type MainScreen = {
  element: HTMLElement;
  open: (chat: string, title: string, text?: string | null) => void;
  /** Arms the fault "another chat takes the place of the open one". */
  arm: (swap: Swap) => void;
};

/** The logged-in page: list on the left, conversation on the right, drawer beside it. */
export function createMainScreen(state: State, on: { logOut: () => void }): MainScreen {
  const intro = node('intro', {}, [node('linkTitle', { text: words.introTitle }), node('labNote', { text: words.labNote })]);
  let shown: Conversation | null = null;
  let swap: Swap | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;

  const open = (chat: string, title: string, text: string | null = null) => {
    const before = shown?.element ?? intro;
    shown?.close();
    closeDrawer();
    state.openChat = chat;
    const opened = openConversation(state, { chat, title, text }, { info: showInfo, typed: () => trySwap('typing') });
    before.replaceWith(opened.element);
    shown = opened;
    trySwap('opened');
    tell(state, { is: 'rows' });
  };
  const trySwap = (now: 'opened' | 'typing') => {
    clearTimeout(resting);
    const armed = swap;
    if (!armed || armed.chat === state.openChat) return;
    // `typed` waits until no key has come for a while; a new key starts the wait again.
    const fits = armed.at === now || (armed.at === 'typed' && now === 'typing');
    if (fits) resting = setTimeout(() => doSwap(armed), armed.afterMs);
  };
  const doSwap = ({ chat, title, carriesText }: Swap) => {
    swap = null;
    const carried = carriesText && shown ? shown.carryTextTo() : null;
    open(chat, title, carried);
  };
  const list = createChatList(state, { open });
  const search = createSearch(state, list, { open });
  const butterbar = node('butterbar');
  const heading = node('listHeader', {}, [node('listHeading', { text: words.chats }), newChatButton(search.element), logOutButton(on.logOut)]);
  const side = node('side', {}, [heading, butterbar, search.element, list.element]);
  const element = node('mainScreen', {}, [side, intro]);

  let drawer: HTMLElement | null = null;
  const closeDrawer = () => drawer?.remove();
  const showInfo = () => {
    closeDrawer();
    if (!shown) return;
    drawer = openDrawer(state, shown.chat, closeDrawer);
    element.append(drawer);
  };
  state.listeners.add((change) => {
    if (change.is === 'notices') showBanner(state, butterbar);
    if (change.is !== 'rows' && change.is !== 'opened') return;
    search.refresh();
    showTitle(state);
  });
  search.refresh();
  return {
    element,
    open,
    arm(armed) {
      swap = armed;
    },
  };
}

function newChatButton(search: HTMLElement): HTMLElement {
  const made = node('newChat', { label: words.newChat });
  made.addEventListener('click', () => part(search, '[data-tab="3"]').focus());
  return made;
}

function logOutButton(logOut: () => void): HTMLElement {
  const made = node('menu', { label: words.logOut });
  made.addEventListener('click', logOut);
  return made;
}

/** `(N) WhatsApp`: N chats have something unread (facts 2, Unread badge). */
function showTitle(state: State): void {
  const count = [...state.rows.values()].filter((row) => row.unread > 0).length;
  document.title = count > 0 ? `(${count}) WhatsApp` : 'WhatsApp';
}

/** An empty butterbar has no height (facts 1.1, offline banners). */
function showBanner(state: State, butterbar: HTMLElement): void {
  const offline = { icon: 'alert-computer', text: navigator.onLine ? words.connecting : words.computerOffline };
  const barred = state.notices.connection === 'computer_offline';
  const phone = state.notices.connection === 'phone_offline' ? { icon: 'alert-phone', text: words.phoneOffline } : null;
  const computer = barred ? { icon: 'alert-computer', text: words.computerOffline } : offline;
  const notice = state.isOnline ? phone : computer;
  butterbar.replaceChildren(...(notice ? [node('butterbarNotice', notice)] : []));
}
