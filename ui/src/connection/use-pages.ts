import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { Event } from '#core/events.ts';
import { useMessages } from './live-socket.ts';
import { asksForReload, type Loaded, useSettled } from './use-loaded.ts';

type Slice<T> = { rows: T[]; next: string | null };
type Ask = { cursor: string | undefined; limit: number };
type Options = { on?: (event: Event) => boolean; key?: () => unknown; pageSize?: number };

/** The most rows that the contract gives at once. */
const mostRows = 200;
/** Changes of the key that follow each other so fast are somebody typing: what is asked for waits until they pause. */
const typingMs = 250;

/** Rows that come in pages. `more` adds a page; news read again what is shown, up to one full page. */
export function usePages<T extends { id: string }>(load: (ask: Ask, signal: AbortSignal) => Promise<Slice<T>>, options: Options = {}) {
  const { on = () => false, key = () => null, pageSize = 50 } = options;
  const loaded = shallowRef<Loaded<Slice<T>>>({ is: 'loading' });
  const isReadingMore = ref(false);
  let under = new AbortController();

  async function reload(): Promise<void> {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    const shown = loaded.value.is === 'ready' ? loaded.value.value : { rows: [], next: null };
    const limit = Math.min(mostRows, Math.max(pageSize, shown.rows.length));
    try {
      const head = await load({ cursor: undefined, limit }, signal);
      if (!signal.aborted) loaded.value = { is: 'ready', value: shown.rows.length > limit ? joined(head, shown) : head };
    } catch (error) {
      if (!signal.aborted && loaded.value.is !== 'ready') loaded.value = { is: 'failed', error };
    }
  }

  async function more(): Promise<void> {
    if (loaded.value.is !== 'ready' || !loaded.value.value.next || isReadingMore.value) return;
    const { signal } = under;
    const { rows, next } = loaded.value.value;
    isReadingMore.value = true;
    try {
      const page = await load({ cursor: next, limit: pageSize }, signal);
      if (!signal.aborted) loaded.value = { is: 'ready', value: { rows: [...rows, ...page.rows], next: page.next } };
    } finally {
      isReadingMore.value = false;
    }
  }

  const later = useSettled(() => void reload()); // void: reload keeps its own failure.
  useMessages((message) => {
    if (asksForReload(message, on)) later();
  });
  let changedAt = Number.NEGATIVE_INFINITY;
  let typing: ReturnType<typeof setTimeout> | undefined;
  watch(
    key,
    () => {
      const isTyping = performance.now() - changedAt < typingMs;
      changedAt = performance.now();
      clearTimeout(typing);
      // What is under way is of another key.
      under.abort();
      loaded.value = { is: 'loading' };
      if (isTyping) typing = setTimeout(() => void reload(), typingMs);
      else void reload(); // void, twice: as above.
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    clearTimeout(typing);
    under.abort();
  });

  const rows = computed(() => (loaded.value.is === 'ready' ? loaded.value.value.rows : []));
  const hasMore = computed(() => loaded.value.is === 'ready' && loaded.value.value.next !== null);
  return { loaded, rows, hasMore, isReadingMore, more, reload };
}

/** The fresh head, then what was already shown below it. */
function joined<T extends { id: string }>(head: Slice<T>, shown: Slice<T>): Slice<T> {
  const known = new Set(head.rows.map((row) => row.id));
  return { rows: [...head.rows, ...shown.rows.slice(head.rows.length).filter((row) => !known.has(row.id))], next: shown.next };
}
