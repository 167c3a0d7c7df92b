import { type InjectionKey, inject } from 'vue';
import type { Texts } from './texts.ts';

export const textsKey: InjectionKey<Texts> = Symbol('texts');

export function useTexts(): Texts {
  const texts = inject(textsKey);
  if (!texts) throw new Error('The texts are provided by main.ts.');
  return texts;
}
