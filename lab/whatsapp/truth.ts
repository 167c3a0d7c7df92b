import { countAttempts, duplicatesOf, fits, type MessageFilter } from '#lab/messenger/truth.ts';
import type { Message } from './model.ts';
import type { Lab } from './store.ts';

/** What the server itself received: proofs count here, never on a page. `account` and `peer` match either side. */
export function messagesBetween(lab: Lab, filter: MessageFilter): Message[] {
  const concerns = (message: Message, number: string | undefined) => number === undefined || message.from === number || message.to === number;
  return [...lab.messages.values()].filter((message) => concerns(message, filter.account) && concerns(message, filter.peer) && fits(filter, message));
}

export type Counts = {
  accounts: number;
  peers: number;
  devices: number;
  messages: number;
  /** Written in a linked browser. */
  sentByWeb: number;
  /** Of these: how far the other side has got, by rungs (a read one counts as delivered too). */
  delivered: number;
  read: number;
  /** Written by scripted peers or injected. */
  incoming: number;
  /** How often an id came a second time (stored once). */
  resends: number;
  failedSends: number;
  /** The same text from the same number to the same number under different ids: what a double send looks like. */
  duplicates: { from: string; to: string; text: string; ids: string[] }[];
};

export function countMessages(lab: Lab): Counts {
  const all = [...lab.messages.values()];
  const web = all.filter((message) => message.via === 'web');
  return {
    accounts: lab.accounts.size,
    peers: lab.peers.size,
    devices: [...lab.devices.values()].filter((device) => !device.loggedOutBecause).length,
    messages: all.length,
    sentByWeb: web.length,
    delivered: web.filter((message) => message.status !== 'sent').length,
    read: web.filter((message) => message.status === 'read').length,
    incoming: all.filter((message) => message.via === 'script' || message.via === 'control').length,
    ...countAttempts(lab, all),
    duplicates: duplicatesOf(web.map(({ id, text, from, to }) => ({ id, text, place: { from, to } }))),
  };
}
