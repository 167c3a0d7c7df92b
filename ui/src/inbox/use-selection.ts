import { computed, ref, watch } from 'vue';

/** Which lines are chosen; `isEverything`: all that fit, also those that are not on the page. Another list begins anew. */
export function useSelection(rows: () => readonly { id: string }[], key: () => unknown) {
  const chosen = ref<ReadonlySet<string>>(new Set());
  const isEverything = ref(false);
  let last = '';

  /** With `isRange` all lines from the one before to this. */
  function toggle(id: string, { isRange = false } = {}): void {
    const next = new Set(chosen.value);
    const ids = rows().map((row) => row.id);
    const [from, to] = [ids.indexOf(last), ids.indexOf(id)].toSorted((a, b) => a - b);
    if (isRange && from !== undefined && to !== undefined && from >= 0) for (const one of ids.slice(from, to + 1)) next.add(one);
    else if (!next.delete(id)) next.add(id);
    last = id;
    chosen.value = next;
    isEverything.value = false;
  }
  /** All that are shown; asked once more, all that fit. */
  function all(): void {
    const shown = rows().map((row) => row.id);
    isEverything.value = shown.length > 0 && shown.every((id) => chosen.value.has(id));
    chosen.value = new Set(shown);
  }
  function none(): void {
    chosen.value = new Set();
    isEverything.value = false;
  }
  watch(key, none);
  return { chosen, isEverything, isChoosing: computed(() => chosen.value.size > 0), toggle, all, none };
}
