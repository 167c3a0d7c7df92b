import { defineStore } from 'pinia';
import { ref } from 'vue';

export type ConnectionState = 'closed' | 'connecting' | 'open' | 'lost';

/** Whether news arrive, and when something was heard last. */
export const useConnection = defineStore('connection', () => {
  const state = ref<ConnectionState>('closed');
  const heardAt = ref<number | null>(null);

  function hear(): void {
    heardAt.value = Date.now();
  }
  function change(next: ConnectionState): void {
    state.value = next;
  }
  return { state, heardAt, hear, change };
});
