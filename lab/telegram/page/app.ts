import { part } from '#lab/messenger/page/nodes.ts';
import { holdTab } from '#lab/messenger/page/tab-lock.ts';
import type { ServerFrame } from '#lab/telegram/protocol.ts';
import { askedPeer } from './address.ts';
import { createAuth } from './auth.ts';
import { createMainScreen, type MainScreen } from './main-screen.ts';
import { node } from './nodes.ts';
import { acknowledge, addMessage, refuse, resend } from './outbox.ts';
import { dropSession, loadSession, type Session, saveSession } from './session.ts';
import { type State, tell } from './state.ts';
import { openTelegramWire, type Wire } from './wire.ts';
import { words } from './words.ts';

/** The order of the start: a second tab is inactive; then the chats of the stored session, or the log-in. */
const root = part(document.body, '#root');

async function start(): Promise<void> {
  const session = loadSession();
  if (session && !(await holdsTab())) return showInactive(null);
  if (session) openChats(session);
  else openLogin();
}

let isOnlyTab = false;

/** Only one tab of a browser may use the account (facts 1, SESSION). Kept over a log-out until the tab goes. */
async function holdsTab(): Promise<boolean> {
  isOnlyTab ||= (await holdTab('tt-tab', { steal: false })).is === 'held';
  return isOnlyTab;
}

function showInactive(wire: Wire | null): void {
  wire?.close();
  const screen = node('inactive', { title: words.conflict, text: words.reload });
  part(screen, 'button').addEventListener('click', () => location.reload());
  root.replaceChildren(screen);
}

function openLogin(): void {
  const auth = createAuth(root, () => wire);
  const wire: Wire = openTelegramWire({
    open: auth.start,
    lost: () => undefined,
    frame(frame) {
      if (frame.t !== 'authorized') return auth.frame(frame);
      saveSession({ sessionId: frame.sessionId, secret: frame.secret, userId: frame.me.id });
      wire.close();
      void holdsTab().then((isHeld) =>
        isHeld ? openChats({ sessionId: frame.sessionId, secret: frame.secret, userId: frame.me.id }) : showInactive(null),
      );
    },
  });
}

function openChats(session: Session): void {
  const asked = askedPeer(location.hash);
  let hasOpened = false;
  const setConnection = (connection: State['connection']) => {
    state.connection = connection;
    tell(state, { is: 'connection' });
  };
  const wire = openTelegramWire({
    open: () => wire.send({ t: 'hello', sessionId: session.sessionId, secret: session.secret }),
    lost: () => setConnection('waiting'),
    frame(frame) {
      if (frame.t === 'welcome') return welcome(frame);
      if (frame.t === 'logged_out') return logOut(wire);
      if (frame.t === 'conflict') return showInactive(wire);
      take(state, screen, frame);
    },
  });
  const state: State = {
    me: { id: session.userId, name: '' },
    wire,
    dialogs: new Map(),
    threads: new Map(),
    locals: [],
    connection: 'waiting',
    openPeer: null,
    listeners: new Set(),
  };
  const screen = createMainScreen(state);
  const welcome = (frame: Extract<ServerFrame, { t: 'welcome' }>) => {
    state.me = frame.me;
    state.dialogs = new Map(frame.dialogs.map((dialog) => [dialog.peer.id, dialog]));
    setConnection('updating');
    resend(state);
    setTimeout(async () => {
      setConnection('online');
      if (hasOpened) return;
      hasOpened = true;
      const answer = asked ? await wire.ask(asked) : null;
      if (answer?.is !== 'found') return;
      state.dialogs.set(answer.dialog.peer.id, answer.dialog);
      screen.open(answer.dialog.peer);
    }, frame.syncMs);
  };
  root.replaceChildren(screen.element);
  tell(state, { is: 'connection' });
}

function take(state: State, screen: MainScreen, frame: ServerFrame): void {
  if (frame.t === 'ack') acknowledge(state, frame);
  if (frame.t === 'nack') refuse(state, frame.randomId);
  if (frame.t === 'message') {
    state.dialogs.set(frame.dialog.peer.id, frame.dialog);
    addMessage(state, frame.dialog.peer.id, frame.message);
    tell(state, { is: 'dialogs' });
  }
  if (frame.t === 'dialog' || frame.t === 'draft') {
    const { peer, draft } = frame.dialog;
    state.dialogs.set(peer.id, frame.dialog);
    if (frame.t === 'draft') tell(state, { is: 'draft', peer: peer.id, text: draft });
    tell(state, { is: 'dialogs' });
  }
  if (frame.t === 'read') {
    for (const message of state.threads.get(frame.peer)?.messages ?? []) message.isRead ||= message.isOut;
    tell(state, { is: 'thread', peer: frame.peer, grew: 'newest' });
  }
  if (frame.t === 'swap') screen.arm(frame);
  if (frame.t === 'freeze_page') freeze(frame.ms);
}

/** The page's script stands still: nothing is drawn and no key is taken. */
function freeze(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** A terminated session: no dialog, the QR page is back (facts 1, SESSION). */
function logOut(wire: Wire): void {
  wire.close();
  dropSession();
  history.replaceState(null, '', location.pathname);
  openLogin();
}

await start();
