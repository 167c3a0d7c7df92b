import { computed } from 'vue';
import type { ConversationState, InboxView, Priority } from '#core/conversation.ts';
import { useAddressBar } from '#ui/controls/use-address-bar.ts';
import type { InboxFilter } from './use-inbox.ts';

/** What the list shows, as the address bar says it: a link leads a colleague to the same list. */
export function useInboxFilter() {
  const view = useAddressBar<InboxView>('view', 'all');
  const state = useAddressBar<ConversationState | 'any'>('state', 'open');
  const channel = useAddressBar('channel', 'all');
  const accountId = useAddressBar('account', '');
  const labelId = useAddressBar('label', '');
  const teamId = useAddressBar('team', '');
  const personId = useAddressBar('person', '');
  const priority = useAddressBar<Priority | 'any'>('priority', 'any');
  const unread = useAddressBar<'yes' | 'no'>('unread', 'no');
  const days = useAddressBar('days', '');
  const due = useAddressBar<'soon' | 'late' | 'any'>('due', 'any');
  const search = useAddressBar('search', '');

  const filter = computed<InboxFilter>(() => ({
    ...{ view: view.value, state: state.value, channel: channel.value, accountId: accountId.value, labelId: labelId.value, teamId: teamId.value },
    ...{ personId: personId.value, priority: priority.value, unread: unread.value === 'yes', days: days.value, due: due.value, search: search.value },
  }));
  /** How many choices stand behind the button. */
  const chosen = computed(() => {
    const ids = [accountId, labelId, teamId, personId, days].filter((one) => one.value !== '');
    return ids.length + Number(channel.value !== 'all') + Number(priority.value !== 'any') + Number(due.value !== 'any');
  });
  const isNarrowed = computed(
    () => chosen.value > 0 || search.value !== '' || unread.value === 'yes' || view.value !== 'all' || state.value !== 'open',
  );

  function showAll(): void {
    view.value = 'all';
    state.value = 'open';
    unread.value = 'no';
    search.value = '';
    clear();
  }
  function clear(): void {
    channel.value = 'all';
    priority.value = 'any';
    due.value = 'any';
    for (const one of [accountId, labelId, teamId, personId, days]) one.value = '';
  }
  const fields = { view, state, channel, accountId, labelId, teamId, personId, priority, unread, days, due, search };
  return { ...fields, filter, chosen, isNarrowed, showAll, clear };
}
