import type { z } from 'zod';
import type { LoginStep } from '#core/api/profiles.ts';
import type { ServerMessage } from '#core/socket.ts';
import type { EventFeed } from './event-feed.ts';
import type { ProfilePlace } from './profiles.ts';

export type QrUpdate = Extract<ServerMessage, { type: 'qr_update' }>;
/** `sessionId` is the name under which the watcher knows the profile. */
type Watcher = { sessionId: string; tell: (update: QrUpdate) => void };
type Watched = { place: ProfilePlace; watchers: Set<Watcher>; isLooking: boolean; isDue: boolean };

export type QrNews = { watch: (place: ProfilePlace, watcher: Watcher) => () => void; close: () => void };
type Look = (place: ProfilePlace, signal: AbortSignal) => Promise<z.output<typeof LoginStep>>;

/**
 * Login codes of profiles that somebody watches, asked from the worker once for all watchers. A code is a credential while it lives:
 * it goes only to who named the profile and may log it in, and never through the event log.
 */
export function createQrNews(feed: Pick<EventFeed, 'listen'>, look: Look): QrNews {
  const watched = new Map<string, Watched>();
  const closing = new AbortController();
  const stopListening = feed.listen((told) => {
    const touched = new Set(told.map(({ event }) => (event.kind === 'qr_changed' || event.kind === 'profile_changed' ? event.profileId : null)));
    for (const profileId of touched) if (profileId) void lookAgain(watched.get(profileId));
  });

  /** One look at a time; a change that comes meanwhile is looked at afterwards. */
  async function lookAgain(one: Watched | undefined): Promise<void> {
    if (!one) return;
    one.isDue = true;
    if (one.isLooking) return;
    one.isLooking = true;
    while (one.isDue && one.watchers.size > 0) {
      one.isDue = false;
      await tell(one);
    }
    one.isLooking = false;
  }

  async function tell({ place, watchers }: Watched): Promise<void> {
    // A worker that does not answer has no code to show; its return is an event.
    const step = await look(place, closing.signal).catch(() => null);
    if (!step) return;
    const image = step.qr ? await drawQr(step.qr) : null;
    for (const { sessionId, tell: send } of watchers) send({ type: 'qr_update', sessionId, profileId: place.profileId, qr: step.qr, image });
  }

  return {
    watch(place, watcher) {
      const one = watched.get(place.profileId) ?? { place, watchers: new Set(), isLooking: false, isDue: false };
      watched.set(place.profileId, one);
      one.watchers.add(watcher);
      void lookAgain(one);
      return () => {
        one.watchers.delete(watcher);
        if (one.watchers.size === 0) watched.delete(place.profileId);
      };
    },
    close() {
      stopListening();
      closing.abort();
    },
  };
}

/** The library is loaded for the first code: a start does not wait for it. */
async function drawQr(text: string): Promise<string> {
  const { toDataURL } = await import('qrcode');
  return toDataURL(text, { margin: 2, width: 264, errorCorrectionLevel: 'L' });
}
