import { computed } from 'vue';
import { profileStates } from '#core/profile.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { needsPerson, platformNews } from '#ui/platforms/use-platforms.ts';

/** What needs a person anywhere: the numbers on the rail. */
export function useAttention() {
  const client = useClient();
  const { loaded } = useLoaded((signal) => client.listAccounts({}, signal), {
    on: (event) => ['profile_changed', 'profiles_listed', 'account_changed', 'conversation_changed', 'message_added'].includes(event.kind),
  });
  const accounts = computed(() => (loaded.value.is === 'ready' ? loaded.value.value.rows : []));
  const needYou = computed(() => accounts.value.filter((account) => account.state && profileStates[account.state].group === 'needs_you').length);
  const unread = computed(() => accounts.value.reduce((sum, account) => sum + account.unread, 0));
  const { loaded: platforms } = useLoaded((signal) => client.listPlatforms({}, signal), { on: (event) => platformNews.has(event.kind) });
  const inNeed = computed(() => (platforms.value.is === 'ready' ? platforms.value.value.rows.filter(needsPerson).length : 0));
  return { accounts, needYou, unread, inNeed };
}
