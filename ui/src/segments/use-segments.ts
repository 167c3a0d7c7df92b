import { computed, onScopeDispose, ref, watch } from 'vue';
import type { z } from 'zod';
import type { Segment as SegmentShape, segments } from '#core/api/segments.ts';
import { type Condition, Filter } from '#core/segment.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useWording } from '#ui/wording/use-wording.ts';

export type Segment = z.output<typeof SegmentShape>;
export type Counted = z.output<typeof segments.countPeople.reply>;
export type Group = Extract<Filter['conditions'][number], { match: string }>;
type Option = { value: string; label: string };

export function useSegments() {
  const client = useClient();
  return useLoaded<{ rows: Segment[] }>((signal) => client.listSegments({}, signal));
}

export function useSegmentActs() {
  const client = useClient();
  return {
    add: (name: string, filter: Filter) => client.addSegment({ body: { name, filter } }),
    change: (id: string, name: string, filter: Filter) => client.changeSegment({ params: { id }, body: { name, filter } }),
    remove: (id: string) => client.removeSegment({ params: { id } }),
    count: (filter: Filter) => client.countPeople({ body: { filter } }),
  };
}

/** The name of a segment; those that every workspace has go by a word. */
export function useSegmentName() {
  const { t } = useWording();
  return ({ isKnown, name }: Pick<Segment, 'isKnown' | 'name'>) => (isKnown ? t(`segments.known.${name}`) : name);
}

/** Somebody who builds a filter has paused for so long. */
const pauseMs = 300;

/** How many people a filter means, as it is built; null as long as something in it is not filled in. */
export function useLiveCount(filter: () => Filter) {
  const client = useClient();
  const counted = ref<Counted | null>(null);
  const isComplete = ref(false);
  let under = new AbortController();
  let pause: ReturnType<typeof setTimeout> | undefined;

  async function count(asked: Filter): Promise<void> {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    const answer = await client.countPeople({ body: { filter: asked } }, signal).catch(() => null);
    if (!signal.aborted) counted.value = answer;
  }
  watch(
    filter,
    (next) => {
      const read = Filter.safeParse(next);
      isComplete.value = read.success;
      clearTimeout(pause);
      if (read.success)
        pause = setTimeout(() => void count(read.data), pauseMs); // void: a count that fails is none.
      else counted.value = null;
    },
    { deep: true, immediate: true },
  );
  onScopeDispose(() => {
    clearTimeout(pause);
    under.abort();
  });
  return { counted, isComplete };
}

/** What conditions can name, each as a choice. */
export function useFilterWords() {
  const client = useClient();
  const { t, te } = useWording();
  const { loaded } = useLoaded(async (signal) => {
    const [lists, labels, accounts, campaigns, fields] = await Promise.all([
      client.listLists({}, signal),
      client.listLabels({}, signal),
      client.listAccounts({}, signal),
      client.listCampaigns({}, signal),
      client.listContactFields({}, signal),
    ]);
    return { lists: lists.rows, labels: labels.rows, accounts: accounts.rows, campaigns: campaigns.rows, fields: fields.rows };
  });
  const channelWord = (channel: string) => (te(`platforms.channels.${channel}`) ? t(`platforms.channels.${channel}`) : channel);
  const named = (rows: readonly { id: string; name: string }[]): Option[] => rows.map(({ id, name }) => ({ value: id, label: name }));
  return computed(() => {
    const known = loaded.value.is === 'ready' ? loaded.value.value : { lists: [], labels: [], accounts: [], campaigns: [], fields: [] };
    return {
      lists: named(known.lists),
      labels: named(known.labels),
      campaigns: named(known.campaigns.filter(({ state }) => state !== 'draft')),
      channels: [...new Set(known.accounts.map(({ channel }) => channel))].map((channel) => ({ value: channel, label: channelWord(channel) })),
      fields: known.fields,
    };
  });
}
export type FilterWords = ReturnType<typeof useFilterWords>['value'];
export type Kind = Condition['of'];
