import { computed, shallowRef } from 'vue';
import type { z } from 'zod';
import type { Batch as BatchShape } from '#core/api/batches.ts';
import type { Client } from '#core/api/client.ts';
import { useClient } from '#ui/connection/client.ts';
import { useMessages } from '#ui/connection/live-socket.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { conversationEvents, filterOf, type InboxFilter } from './use-inbox.ts';

export type Batch = z.output<typeof BatchShape>;
export type BatchChange = NonNullable<Parameters<Client['changeConversations']>[0]>['body']['change'];

/** How many conversations fit; asked only while `isWanted`. */
export function useMatching(filter: () => InboxFilter, isWanted: () => boolean) {
  const client = useClient();
  const { loaded } = useLoaded(
    (signal) => {
      if (!isWanted()) return Promise.resolve(null);
      const { unread, ...rest } = filterOf(filter());
      return client.countMatching({ query: { ...rest, ...(unread && { unread: 'true' as const }) } }, signal);
    },
    { on: (event) => isWanted() && conversationEvents.has(event.kind), key: () => JSON.stringify([filter(), isWanted()]) },
  );
  return computed(() => (loaded.value.is === 'ready' ? loaded.value.value : null));
}

/** The last change of many, from its beginning until it is put away. */
export function useBatch() {
  const client = useClient();
  const batch = shallowRef<Batch | null>(null);
  const isUnderWay = computed(() => batch.value !== null && batch.value.finishedAt === null);

  async function look(): Promise<void> {
    const id = batch.value?.id;
    if (!id) return;
    const now = await client.readBatch({ params: { id } });
    if (batch.value?.id === id) batch.value = now;
  }
  /** What is told of it before its answer is here is told of nobody. */
  async function begin(asked: Promise<Batch>): Promise<void> {
    batch.value = await asked;
    if (isUnderWay.value) await look().catch(() => null);
  }
  useMessages((message) => {
    const isNews =
      message.type === 'resync' || (message.type === 'event' && message.event.kind === 'batch_changed' && message.event.batchId === batch.value?.id);
    if (isNews && isUnderWay.value) look().catch(() => null); // The next piece of news looks again.
  });
  return {
    batch,
    isUnderWay,
    start: async (which: { ids: string[] } | { filter: InboxFilter }, change: BatchChange) => {
      const meant = 'ids' in which ? which : { filter: filterOf(which.filter) };
      await begin(client.changeConversations({ body: { ...meant, change } }));
    },
    undo: async () => {
      if (batch.value) await begin(client.undoBatch({ params: { id: batch.value.id } }));
    },
    putAway: () => {
      batch.value = null;
    },
  };
}
