import { part } from '#lab/messenger/page/nodes.ts';
import { holdTab } from '#lab/messenger/page/tab-lock.ts';
import type { ServerFrame } from '#lab/whatsapp/protocol.ts';
import { followDeepLink } from './deep-link.ts';
import { showConflict, showNews } from './dialogs.ts';
import type { LinkScreen } from './link-screen.ts';
import { createLinkScreen } from './link-screen.ts';
import { createMainScreen } from './main-screen.ts';
import { node } from './nodes.ts';
import { placeUnsent } from './outbox.ts';
import type { Session } from './saved.ts';
import { dropSession, loadRows, loadSession, loadUnsent, saveSession } from './saved.ts';
import type { State } from './state.ts';
import { tell } from './state.ts';
import { applyFrame } from './sync.ts';
import { openWhatsAppWire } from './wire.ts';
import { words } from './words.ts';

/** The order of the start: browser check, splash, one tab only, then the chats or the link screen. */
const root = part(document, '#app');
const show = (element: HTMLElement) => root.replaceChildren(element);

/** An unticked "Stay logged in" ends the session with the browser: sessionStorage does not outlive it. */
const endsWithBrowser = 'auto-logout';

async function start(): Promise<void> {
  // Facts 1.1: refused by unknown tokens in the user agent, not by version.
  if (/HeadlessChrome|Electron/.test(navigator.userAgent)) {
    root.replaceWith(node('unsupported', { text: words.unsupported }));
    return;
  }
  show(node('splash'));
  await new Promise((done) => setTimeout(done, Number(document.documentElement.dataset.splash)));
  await useTab({ steal: false });
}

/** The second tab asks, and "Use Here" takes the account from the first (facts 1.1, Conflict). */
async function useTab(how: { steal: boolean }): Promise<void> {
  const lock = await holdTab('wawc-tab', how);
  if (lock.is === 'taken') {
    showConflict(() => void useTab({ steal: true }));
    return;
  }
  const close = await openAccount();
  await lock.lost;
  close();
  showConflict(() => location.reload());
}

/** Shows what belongs to the stored session. Returns how to let go of the server. */
async function openAccount(): Promise<() => void> {
  const isOver = localStorage.getItem(endsWithBrowser) === '1' && sessionStorage.getItem(endsWithBrowser) === null;
  if (isOver) await dropSession();
  const session = await loadSession();
  return session ? openChats(session) : openLinking();
}

function openLinking(): () => void {
  const wasLoggedOut = new URLSearchParams(location.search).has('post_logout');
  const screen: LinkScreen = createLinkScreen(() => wire, { wasLoggedOut });
  const wire = openWhatsAppWire({
    open: screen.connected,
    lost: screen.lost,
    frame: (frame) => {
      if (frame.t === 'linked') void finishLinking(frame, { stays: screen.staysLoggedIn() }).then(wire.close);
      else screen.frame(frame);
    },
  });
  show(screen.element);
  return wire.close;
}

/** "Loading your chats" for as long as the lab says, then the session is stored and the page starts anew with it. */
async function finishLinking(frame: Extract<ServerFrame, { t: 'linked' }>, how: { stays: boolean }): Promise<void> {
  const { deviceId, secret, me } = frame;
  await saveSession({ deviceId, secret, counter: 0, number: me.number, name: me.name }, me.wid);
  localStorage.setItem(endsWithBrowser, how.stays ? '0' : '1');
  sessionStorage.setItem(endsWithBrowser, '1');
  const bar = node('loadingBar', { value: 0 });
  show(node('loading', {}, [node('loadingText', { text: words.loadingChats }), bar]));
  for (let percent = 0; percent <= 100; percent += 10) {
    bar.setAttribute('value', String(percent));
    await new Promise((done) => setTimeout(done, frame.syncMs / 11));
  }
  location.replace('/');
}

async function openChats(session: Session): Promise<() => void> {
  const rows = await loadRows();
  const unsent = await loadUnsent();
  const logOut = async () => {
    await dropSession();
    location.replace('/?post_logout=1&logout_reason=0');
  };
  const wire = openWhatsAppWire({
    open: () => wire.send({ t: 'hello', deviceId: session.deviceId, secret: session.secret, counter: session.counter }),
    lost: () => {
      state.isOnline = false;
      tell(state, { is: 'notices' });
    },
    frame: (frame) => take(frame),
  });
  const state: State = {
    session,
    me: { number: session.number, name: session.name, wid: '' },
    wire,
    rows: new Map(rows.map((row) => [row.id, row])),
    contacts: [],
    threads: new Map(),
    unsent: new Map(unsent.map((message) => [message.id, message])),
    notices: { restrictedUntil: null, connection: 'online' },
    isOnline: false,
    openChat: null,
    listeners: new Set(),
  };
  placeUnsent(state);
  // The list stands from the last visit before the server has answered (facts 2.1).
  const screen = createMainScreen(state, {
    logOut: () => {
      wire.send({ t: 'log_out' });
      void logOut();
    },
  });
  let isFirst = true;
  const take = (frame: ServerFrame) => {
    applyFrame(state, frame);
    if (frame.t === 'logged_out') void logOut();
    if (frame.t === 'swap') screen.arm(frame.swap);
    if (frame.t === 'conflict') {
      wire.close();
      showConflict(() => location.reload());
    }
    if (frame.t !== 'welcome' || !isFirst) return;
    isFirst = false;
    if (frame.showsNews) showNews();
    void followDeepLink(state, screen);
  };
  show(screen.element);
  tell(state, { is: 'notices' });
  window.addEventListener('focus', () => {
    if (state.openChat !== null && (state.rows.get(state.openChat)?.unread ?? 0) > 0) wire.send({ t: 'read', chat: state.openChat });
  });
  return wire.close;
}

void start();
