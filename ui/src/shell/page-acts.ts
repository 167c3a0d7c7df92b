import { type Component, type InjectionKey, inject, onScopeDispose } from 'vue';
import { useShortcuts } from './use-shortcuts.ts';

/** What can be done where one is: by its key, and from the palette by its name. */
export type PageAct = { key: string; icon: Component; label: () => string; act: () => void };

export const pageActsKey: InjectionKey<Set<readonly PageAct[]>> = Symbol('page acts');

export function usePageActs(acts: readonly PageAct[]): void {
  const offered = inject(pageActsKey);
  offered?.add(acts);
  onScopeDispose(() => offered?.delete(acts));
  useShortcuts(Object.fromEntries(acts.map(({ key, act }) => [key, act])));
}
