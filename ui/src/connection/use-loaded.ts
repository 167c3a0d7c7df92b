import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { Event } from '#core/events.ts';
import type { ServerMessage } from '#core/socket.ts';
import { useMessages } from './live-socket.ts';

/** What a screen knows: nothing yet, a failure, or a value. A failure while there is a value keeps the value. */
export type Loaded<T> = { is: 'loading' } | { is: 'failed'; error: unknown } | { is: 'ready'; value: T };
type Options = {
  /** Events after which the value is read again. */
  on?: (event: Event) => boolean;
  /** Where it comes from; another key forgets the value. */
  key?: () => unknown;
};
export type Loading<T> = { loaded: ShallowRef<Loaded<T>>; reload: () => Promise<void> };

/** Events come in bursts; so many milliseconds after the first of a burst the value is read once. */
const settleMs = 600;

/** Reads a value, and again when an event says that it changed, as long as the page can be seen. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, { on = () => false, key = () => null }: Options = {}): Loading<T> {
  const loaded: ShallowRef<Loaded<T>> = shallowRef({ is: 'loading' });
  let under = new AbortController();
  let isKept = true;

  async function reload(): Promise<void> {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    try {
      const value = await load(signal);
      if (!signal.aborted) loaded.value = { is: 'ready', value };
    } catch (error) {
      if (!signal.aborted && loaded.value.is !== 'ready') loaded.value = { is: 'failed', error };
    }
  }

  const forget = () => {
    loaded.value = { is: 'loading' };
    void reload(); // void: reload keeps its own failure.
  };
  const later = useSettled(() => void (isKept && reload())); // void: as above.
  useMessages((message) => {
    if (asksForReload(message, on)) later();
  });
  watch(key, forget, { immediate: true });
  onScopeDispose(() => {
    isKept = false;
    under.abort();
  });
  return { loaded, reload };
}

export function asksForReload(message: ServerMessage, on: (event: Event) => boolean): boolean {
  return message.type === 'resync' || (message.type === 'event' && on(message.event));
}

/** Calls once per burst, and not before the page can be seen again. */
export function useSettled(act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDue = false;
  const run = () => {
    timer = undefined;
    isDue = document.hidden;
    if (!isDue) act();
  };
  const seen = () => {
    if (isDue && !document.hidden) run();
  };
  document.addEventListener('visibilitychange', seen);
  onScopeDispose(() => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
  });
  return () => {
    timer ??= setTimeout(run, settleMs);
  };
}
