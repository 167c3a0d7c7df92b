import { computed, shallowRef, watch } from 'vue';
import { noTabs, type PageTabs } from '#core/tabs.ts';
import { useMessages } from '#ui/connection/live-socket.ts';

/** What stands beside the picture of the profile that is looked at: its tabs, a question of the page, and the newest notice until it is put away. */
export function useTabs(profileId: () => string) {
  const now = shallowRef<PageTabs>(noTabs);
  const putAway = shallowRef(0);
  useMessages((message) => {
    if (message.type === 'tabs' && message.profileId === profileId()) now.value = message;
  });
  watch(profileId, () => {
    now.value = noTabs;
    putAway.value = 0;
  });
  return {
    tabs: computed(() => now.value.tabs),
    dialog: computed(() => now.value.dialog),
    notice: computed(() => (now.value.notice && now.value.notice.id > putAway.value ? now.value.notice : null)),
    putAway: () => {
      putAway.value = now.value.notice?.id ?? 0;
    },
  };
}
