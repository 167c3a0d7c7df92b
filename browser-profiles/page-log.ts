import type { Page, Request, Response } from 'playwright';
import type { HostEvent } from './host-event.ts';

/** A request of a profile's page that failed. Addresses are without their queries, which may hold secrets. */
export type PageNote = { at: Date; what: string; about: string };
export interface LoggedHost {
  pageOf(profileId: string): Page | null;
  on(listener: (event: HostEvent) => void): () => void;
}
export type PageLog = { notesOf(profileId: string): PageNote[]; close(): void };

/** Kept in memory by the worker that has the browser, the newest ones; what a messenger writes to its console is not looked at. */
const mostNotes = 200;

export function keepPageLog(host: LoggedHost, now: () => Date = () => new Date()): PageLog {
  const notes = new Map<string, PageNote[]>();
  const close = host.on(({ is, profileId }) => {
    const page = is === 'opened' ? host.pageOf(profileId) : null;
    const note = (what: string, request: Request) =>
      notes.set(profileId, [...(notes.get(profileId) ?? []), { at: now(), what, about: called(request) }].slice(-mostNotes));
    page?.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      // A page that leaves stops its own requests.
      if (!why.includes('ERR_ABORTED')) note(why, request);
    });
    page?.on('response', (response: Response) => {
      if (response.status() >= 400) note(String(response.status()), response.request());
    });
  });
  return { notesOf: (profileId) => (notes.get(profileId) ?? []).toReversed(), close };
}

function called(request: Request): string {
  const { origin, pathname } = new URL(request.url());
  return `${request.method()} ${origin}${pathname}`.slice(0, 300);
}
