import { onScopeDispose, type Ref, ref } from 'vue';

/** The clock of everything that ages, as a ref. It stands still while nobody can see the page. */
export function useNow({ everyMs = 5000 } = {}): Readonly<Ref<number>> {
  const now = ref(Date.now());
  const tick = () => {
    if (!document.hidden) now.value = Date.now();
  };
  const timer = setInterval(tick, everyMs);
  document.addEventListener('visibilitychange', tick);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  });
  return now;
}
