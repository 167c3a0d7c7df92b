import { listen } from '#lab/messenger/event-log.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import { raiseStatus, takeMessage } from './messages.ts';
import type { Message, Peer } from './model.ts';
import type { Lab } from './store.ts';
import { chatOf } from './store.ts';

/** Plays the other side: scripted peers receive, read and answer; a phone of an account receives at once. */
export function playPeers(lab: Lab, timers: Timers): () => void {
  return listen(lab, (event) => {
    if (event.is !== 'message') return;
    const message = lab.messages.get(event.id);
    if (message) react(lab, timers, message);
  });
}

/** A phone is always on, so what is addressed to an account is delivered about as fast as the network. */
const phoneDeliveryMs = 120;

function react(lab: Lab, timers: Timers, message: Message): void {
  if (lab.accounts.has(message.to)) {
    timers.after(phoneDeliveryMs, () => raiseStatus(lab, message, 'delivered'));
    return;
  }
  const peer = lab.peers.get(message.to);
  if (!peer || !lab.accounts.has(message.from)) return;
  timers.after(peer.deliveredAfterMs, () => raiseStatus(lab, message, 'delivered'));
  if (peer.readsAfterMs !== null) timers.after(Math.max(peer.readsAfterMs, peer.deliveredAfterMs), () => raiseStatus(lab, message, 'read'));
  if (peer.repliesWith !== null) answer(lab, timers, { peer, message, text: peer.repliesWith });
}

function answer(lab: Lab, timers: Timers, { peer, message, text }: { peer: Peer; message: Message; text: string }): void {
  const said = chatOf(lab, message.from, peer.number).messages.map((id) => lab.messages.get(id));
  const answeredBefore = said.filter((other) => other?.via === 'script' && other.from === peer.number);
  if (answeredBefore.length >= peer.repliesTimes) return;
  timers.after(peer.replyAfterMs, () => {
    const stillCounts = lab.messages.has(message.id);
    if (stillCounts) takeMessage(lab, { from: peer.number, to: message.from, text, via: 'script' });
  });
}
