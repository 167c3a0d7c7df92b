import type { DialogView, Me, MessageView, PeerView } from '#lab/telegram/protocol.ts';
import type { Wire } from './wire.ts';

/** A message of ours that has no id yet. `place` is the local id: the newest id of the chat and a count, such as 8.000001. */
export type LocalMessage = { place: string; randomId: string; peer: string; text: string; at: number; state: 'fresh' | 'pending' | 'failed' };
export type Thread = { messages: MessageView[]; hasMore: boolean; isLoading: boolean };
/** What the logged-in page knows. Views read it and are told when a part has changed. */
export type State = {
  me: Me;
  wire: Wire;
  dialogs: Map<string, DialogView>;
  threads: Map<string, Thread>;
  locals: LocalMessage[];
  connection: 'waiting' | 'updating' | 'online';
  openPeer: PeerView | null;
  listeners: Set<(change: Change) => void>;
};
export type Change =
  | { is: 'dialogs' }
  | { is: 'opened' }
  | { is: 'connection' }
  | { is: 'thread'; peer: string; grew: 'newest' | 'older' }
  | { is: 'draft'; peer: string; text: string };

export function tell(state: State, change: Change): void {
  for (const listener of [...state.listeners]) listener(change);
}

/** A message as the list shows it, with the id that it has there. */
export type Shown = { id: string; isOut: boolean; text: string; at: number; status: 'pending' | 'succeeded' | 'read' | 'failed' | null };

/** What the server has and what it has not acknowledged yet, in the order of their ids; the tick of a fresh one is a guess (facts 1, KEY TRAP). */
export function shownMessages(state: State, peer: string): Shown[] {
  const stored = (state.threads.get(peer)?.messages ?? []).map(({ id, isOut, text, at, isRead }): Shown => {
    const status = isRead ? 'read' : 'succeeded';
    return { id: String(id), isOut, text, at, status: isOut ? status : null };
  });
  const own = state.locals.filter((local) => local.peer === peer);
  const waiting = own.map(
    ({ place, text, at, state: is }): Shown => ({ id: place, isOut: true, text, at, status: is === 'fresh' ? 'succeeded' : is }),
  );
  return [...stored, ...waiting].sort((a, b) => Number(a.id) - Number(b.id));
}
