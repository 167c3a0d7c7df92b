import type { MessageView } from '#lab/telegram/protocol.ts';
import { dialect } from './nodes.ts';
import type { LocalMessage, State } from './state.ts';
import { tell } from './state.ts';

/** Facts 1, KEY TRAP: FAST_SEND_TIMEOUT. Until then a message that the server has not seen shows a tick. */
const fastSendMs = 1000;
let count = 0;

/** The bubble stands at once under a local id, with a tick. The server's acknowledgement gives it its id. A reload forgets what has none. */
export function sendText(state: State, given: { peer: string; text: string; keys: number[] }): void {
  const { peer, text, keys } = given;
  count += 1;
  const newest = state.threads.get(peer)?.messages.at(-1)?.id ?? 0;
  const randomId = crypto.getRandomValues(new BigInt64Array(1))[0] ?? 0n;
  const local: LocalMessage = {
    place: `${newest}.${String(count).padStart(6, '0')}`,
    randomId: String(randomId),
    peer,
    text,
    at: Date.now(),
    // The guessed tick is Web A's.
    state: dialect === 'a' ? 'fresh' : 'pending',
  };
  state.locals.push(local);
  tell(state, { is: 'thread', peer, grew: 'newest' });
  state.wire.send({ t: 'send', randomId: local.randomId, peer, text, clientAt: local.at, keys });
  setTimeout(() => {
    if (local.state !== 'fresh') return;
    local.state = 'pending';
    tell(state, { is: 'thread', peer, grew: 'newest' });
  }, fastSendMs);
}

/** What was sent while the line was broken is sent again under the same random id, which the server takes once. */
export function resend(state: State): void {
  for (const { state: is, randomId, peer, text, at } of state.locals) {
    if (is !== 'failed') state.wire.send({ t: 'send', randomId, peer, text, clientAt: at, keys: [] });
  }
}

export function acknowledge(state: State, { randomId, id, at }: { randomId: string; id: number; at: number }): void {
  const local = state.locals.find((one) => one.randomId === randomId);
  if (!local) return;
  state.locals = state.locals.filter((one) => one !== local);
  const message = { id, isOut: true, text: local.text, at, isRead: false };
  addMessage(state, local.peer, message);
  const dialog = state.dialogs.get(local.peer);
  if (dialog) state.dialogs.set(local.peer, { ...dialog, lastAt: at, last: message });
  tell(state, { is: 'dialogs' });
}

/** No reason is shown, whatever it was (facts 1, FAILURE). */
export function refuse(state: State, randomId: string): void {
  const local = state.locals.find((one) => one.randomId === randomId);
  if (!local) return;
  local.state = 'failed';
  tell(state, { is: 'thread', peer: local.peer, grew: 'newest' });
}

export function addMessage(state: State, peer: string, message: MessageView): void {
  const thread = state.threads.get(peer);
  if (!thread || thread.messages.some((known) => known.id === message.id)) return;
  thread.messages.push(message);
  thread.messages.sort((a, b) => a.id - b.id);
  tell(state, { is: 'thread', peer, grew: 'newest' });
}
