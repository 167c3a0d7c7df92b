import { countAttempts, duplicatesOf, fits, type MessageFilter } from '#lab/messenger/truth.ts';
import type { Message } from './model.ts';
import { allMessages, type Lab } from './store.ts';

/** What the server itself received: proofs count here, never on a page. */
export function messagesOf(lab: Lab, filter: MessageFilter): Message[] {
  return allMessages(lab).filter(
    (message) =>
      (filter.account === undefined || message.owner === filter.account) &&
      (filter.peer === undefined || message.peer === filter.peer) &&
      fits(filter, message),
  );
}

export type Counts = {
  accounts: number;
  peers: number;
  sessions: number;
  messages: number;
  /** Written in a logged-in browser. */
  sentByWeb: number;
  /** Of these, read by the other side. */
  read: number;
  incoming: number;
  /** How often a random id came a second time (stored once). */
  resends: number;
  failedSends: number;
  /** The same text from the same account to the same peer under different ids: what a double send looks like. */
  duplicates: { owner: string; peer: string; text: string; ids: number[] }[];
};

export function countMessages(lab: Lab): Counts {
  const all = allMessages(lab);
  const web = all.filter((message) => message.via === 'web' && message.isOut);
  return {
    accounts: lab.accounts.size,
    peers: lab.peers.size,
    sessions: [...lab.sessions.values()].filter((session) => !session.endedBecause).length,
    messages: all.length,
    sentByWeb: web.length,
    read: web.filter((message) => message.isRead).length,
    incoming: all.filter((message) => !message.isOut).length,
    ...countAttempts(lab, all),
    duplicates: duplicatesOf(web.map(({ id, text, owner, peer }) => ({ id, text, place: { owner, peer } }))),
  };
}
