import { onScopeDispose, type Ref, ref } from 'vue';

/** True where panes become pages: below 900 px, the same limit as in the styles. */
export function useNarrow(): Ref<boolean> {
  const query = matchMedia('(max-width: 899px)');
  const isNarrow = ref(query.matches);
  const changed = () => {
    isNarrow.value = query.matches;
  };
  query.addEventListener('change', changed);
  onScopeDispose(() => query.removeEventListener('change', changed));
  return isNarrow;
}
