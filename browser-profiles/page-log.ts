import type { Page, Request, Response } from 'playwright';
import type { HostEvent } from './host-event.ts';

/** What happened to a profile's browser, or a request of its page that failed. Addresses are without their queries, which may hold secrets. */
export type PageNote = { at: Date; of: 'log' | 'network'; what: string; about: string | null };
export interface LoggedHost {
  pageOf(profileId: string): Page | null;
  on(listener: (event: HostEvent) => void): () => void;
}
export type PageLog = { notesOf(profileId: string, of: PageNote['of']): PageNote[]; close(): void };

/** Kept in memory by the worker that has the browser, the newest of each kind; what a messenger writes to its console is not looked at. */
const mostNotes = 200;

export function keepPageLog(host: LoggedHost, now: () => Date = () => new Date()): PageLog {
  const notes = new Map<string, PageNote[]>();
  const note = (profileId: string, of: PageNote['of'], what: string, about: string | null) => {
    const all = [...(notes.get(profileId) ?? []), { at: now(), of, what, about }];
    const kept = all.filter((one) => one.of === of).slice(-mostNotes);
    notes.set(profileId, all.filter((one) => one.of !== of).concat(kept));
  };
  const close = host.on((event) => {
    const { profileId } = event;
    const about = 'failure' in event ? event.failure.message : null;
    note(profileId, 'log', event.is === 'closed' ? `closed_${event.reason}` : event.is, about);
    const page = event.is === 'opened' ? host.pageOf(profileId) : null;
    page?.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      // A page that leaves stops its own requests.
      if (!why.includes('ERR_ABORTED')) note(profileId, 'network', why, called(request));
    });
    page?.on('response', (response: Response) => {
      if (response.status() >= 400) note(profileId, 'network', String(response.status()), called(response.request()));
    });
  });
  return { notesOf: (profileId, of) => (notes.get(profileId) ?? []).filter((one) => one.of === of).toReversed(), close };
}

function called(request: Request): string {
  const { origin, pathname } = new URL(request.url());
  return `${request.method()} ${origin}${pathname}`.slice(0, 300);
}
