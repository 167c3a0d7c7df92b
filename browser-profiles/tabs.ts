import type { Page } from 'playwright';
import { noTabs, type PageTabs } from '#core/tabs.ts';
import type { HostEvent } from './host-event.ts';
import { TabStrip } from './tab-strip.ts';

export interface TabbedHost {
  pageOf(profileId: string): Page | null;
  on(listener: (event: HostEvent) => void): () => void;
}

export type Tabs = {
  /** The page that is looked at and acted on: the messenger's own, unless a person has gone to another tab. */
  shownPageOf(profileId: string): Page | null;
  /** Told when another page is shown than before, while the browser stays open. */
  onShown(listener: (profileId: string) => void): () => void;
  /** Tells what there is now, and each change until `signal` aborts. */
  watch(profileId: string, onTabs: (tabs: PageTabs) => void, signal: AbortSignal): void;
  /** Null while the browser is closed. */
  stripOf(profileId: string): TabStrip | null;
  close(): void;
};

/** The tabs of every open browser of a host. */
export function createTabs(host: TabbedHost): Tabs {
  const strips = new Map<string, TabStrip>();
  const shownListeners = new Set<(profileId: string) => void>();
  const watchers = new Map<string, Set<(tabs: PageTabs) => void>>();
  const tell = (profileId: string) => {
    for (const onTabs of watchers.get(profileId) ?? []) onTabs(strips.get(profileId)?.state() ?? noTabs);
  };
  const stripOf = (profileId: string): TabStrip | null => {
    const own = host.pageOf(profileId);
    if (!own) return null;
    const known = strips.get(profileId);
    if (known) return known;
    const strip: TabStrip = new TabStrip(own, ({ isOther }) => {
      if (strips.get(profileId) !== strip) return;
      if (isOther) for (const listener of shownListeners) listener(profileId);
      tell(profileId);
    });
    strips.set(profileId, strip);
    return strip;
  };
  const close = host.on(({ is, profileId }) => {
    if (is === 'opened') stripOf(profileId);
    else if (is === 'closed' || is === 'crashed') strips.delete(profileId);
    if (is === 'opened' || is === 'closed' || is === 'crashed') tell(profileId);
  });
  return {
    shownPageOf: (profileId) => host.pageOf(profileId) && (strips.get(profileId)?.shown ?? host.pageOf(profileId)),
    onShown: (listener) => {
      shownListeners.add(listener);
      return () => void shownListeners.delete(listener);
    },
    watch: (profileId, onTabs, signal) => {
      if (signal.aborted) return;
      const mine = watchers.get(profileId) ?? new Set();
      watchers.set(profileId, mine.add(onTabs));
      onTabs(stripOf(profileId)?.state() ?? noTabs);
      const leave = () => {
        mine.delete(onTabs);
        if (mine.size === 0 && watchers.get(profileId) === mine) watchers.delete(profileId);
      };
      signal.addEventListener('abort', leave, { once: true });
    },
    stripOf,
    close,
  };
}
