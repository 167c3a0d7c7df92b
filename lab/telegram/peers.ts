import { listen } from '#lab/messenger/event-log.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import { markOwnRead, takeMessage } from './messages.ts';
import type { Lab } from './store.ts';
import { chatOf } from './store.ts';

/** Plays the other side: scripted peers read and answer, each person once. */
export function playPeers(lab: Lab, timers: Timers): () => void {
  return listen(lab, (event) => {
    if (event.is !== 'message') return;
    const { owner, peer: id } = event;
    const chat = chatOf(lab, owner, id);
    const peer = lab.peers.get(id);
    const message = chat.messages.find((one) => one.id === event.id);
    if (!peer || !message?.isOut) return;
    if (peer.readsAfterMs !== null) timers.after(peer.readsAfterMs, () => markOwnRead(lab, owner, id));
    const text = peer.repliesWith;
    if (text === null || chat.messages.some((one) => one.via === 'script')) return;
    timers.after(peer.replyAfterMs, () => void takeMessage(lab, { owner, peer: id, isOut: false, text, via: 'script' }));
  });
}
