import type { Component } from 'vue';
import type { StateGroup } from '#core/profile.ts';

/** How a state looks beside its word: the colour of its group and its sign. */
export type Look = { group: StateGroup; icon: Component };
