import type { InjectionKey, Ref } from 'vue';

/** How many accounts at platforms need a person: the rail and the settings show it. */
export const accountsInNeed: InjectionKey<Readonly<Ref<number>>> = Symbol('accounts in need');
