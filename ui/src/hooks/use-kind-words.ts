import { computed } from 'vue';
import { hookKinds } from '#core/hooks.ts';
import { useWording } from '#ui/wording/use-wording.ts';

/** Events in words; `kinds` are those that hooks are told, as choices. */
export function useKindWords() {
  const { t, te } = useWording();
  const kindWord = (kind: string): string => (te(`hooks.kind.${kind}`) ? t(`hooks.kind.${kind}`) : kind);
  const kinds = computed(() => [{ value: null, label: t('hooks.every_kind') }, ...hookKinds.map((value) => ({ value, label: kindWord(value) }))]);
  return { kinds, kindWord };
}
