import type { Message, Note } from './use-inbox.ts';

export type Day<T> = { at: string; entries: T[] };

/** They come newest first; people read oldest first, day by day. */
export function daysOf<T extends { at: string }>(newestFirst: readonly T[]): Day<T>[] {
  const days: Day<T>[] = [];
  for (const entry of newestFirst.toReversed()) {
    const last = days.at(-1);
    if (last && new Date(last.at).toDateString() === new Date(entry.at).toDateString()) last.entries.push(entry);
    else days.push({ at: entry.at, entries: [entry] });
  }
  return days;
}

/** Notes stand where they were written; those from before the messages that are shown come with these. */
export function withNotes(newestFirst: readonly Message[], notes: readonly Note[], { isWhole }: { isWhole: boolean }): (Message | Note)[] {
  const oldest = newestFirst.at(-1)?.at ?? '';
  const shown = notes.filter((note) => isWhole || note.at >= oldest);
  return [...newestFirst, ...shown].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

export const isNote = (entry: Message | Note): entry is Note => 'mentions' in entry;

/** A tick that never comes is not silence when the channel cannot report it. */
export function unreported(status: Message['status'], reports: readonly string[]): 'delivered' | 'read' | null {
  if (status === 'sent' && !reports.includes('delivered')) return 'delivered';
  return (status === 'sent' || status === 'delivered') && !reports.includes('read') ? 'read' : null;
}
