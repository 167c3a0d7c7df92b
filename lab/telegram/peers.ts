import type { Timers } from '#lab/whatsapp/timers.ts';
import { markOwnRead, takeMessage } from './messages.ts';
import type { Lab } from './store.ts';
import { dialogOf } from './store.ts';

/** Plays the other side: scripted peers read and answer, each person once. */
export function playPeers(lab: Lab, timers: Timers): () => void {
  const listener = (event: { is: string; owner?: string; peer?: string; id?: number }) => {
    if (event.is !== 'message' || !event.owner || !event.peer) return;
    const { owner, peer: id } = event;
    const dialog = dialogOf(lab, owner, id);
    const peer = lab.peers.get(id);
    const message = dialog.messages.find((one) => one.id === event.id);
    if (!peer || !message?.isOut) return;
    if (peer.readsAfterMs !== null) timers.after(peer.readsAfterMs, () => markOwnRead(lab, owner, id));
    const text = peer.repliesWith;
    if (text === null || dialog.messages.some((one) => one.via === 'script')) return;
    timers.after(peer.replyAfterMs, () => void takeMessage(lab, { owner, peer: id, isOut: false, text, via: 'script' }));
  };
  lab.listeners.add(listener);
  return () => lab.listeners.delete(listener);
}
