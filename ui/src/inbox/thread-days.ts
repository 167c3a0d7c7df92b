import type { Message } from './use-inbox.ts';

export type Day = { at: string; messages: Message[] };

/** Messages come newest first; people read oldest first, day by day. */
export function daysOf(newestFirst: readonly Message[]): Day[] {
  const days: Day[] = [];
  for (const message of newestFirst.toReversed()) {
    const last = days.at(-1);
    if (last && new Date(last.at).toDateString() === new Date(message.at).toDateString()) last.messages.push(message);
    else days.push({ at: message.at, messages: [message] });
  }
  return days;
}

/** A tick that never comes is not silence when the channel cannot report it. */
export function unreported(status: Message['status'], reports: readonly string[]): 'delivered' | 'read' | null {
  if (status === 'sent' && !reports.includes('delivered')) return 'delivered';
  return (status === 'sent' || status === 'delivered') && !reports.includes('read') ? 'read' : null;
}
