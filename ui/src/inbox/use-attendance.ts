import { computed, onScopeDispose, type Ref, ref, watch } from 'vue';
import { useClient } from '#ui/connection/client.ts';
import { useLiveSocket } from '#ui/connection/live-socket.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useNow } from '#ui/wording/use-now.ts';

/** A stay is prolonged without a word of it, so whoever is shown is asked for again before their time is over. */
const lookMs = 20_000;
/** After so many milliseconds without a key somebody no longer writes. */
const pauseMs = 6000;

/** Says that this conversation is open here, and tells who else has it open. */
export function useAttendance(id: () => string, isWriting: () => boolean) {
  const client = useClient();
  const live = useLiveSocket();
  const now = useNow({ everyMs: 5000 });
  watch([id, isWriting], ([conversationId, writes]) => live.attend({ conversationId, isWriting: writes }), { immediate: true });
  onScopeDispose(() => live.attend(null));
  const { loaded, reload } = useLoaded((signal) => client.listAttending({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'attendance_changed' && event.conversationId === id(),
    key: id,
  });
  const rows = computed(() => (loaded.value.is === 'ready' ? loaded.value.value.rows : []));
  const looks = setInterval(() => void (rows.value.length > 0 && reload()), lookMs); // void: reload keeps its own failure.
  onScopeDispose(() => clearInterval(looks));
  return computed(() => rows.value.filter((one) => Date.parse(one.until) > now.value));
}

/** True from a change of the text until nothing has been written for a while, or nothing stands there any more. */
export function useWriting(text: () => string): Ref<boolean> {
  const isWriting = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    isWriting.value = false;
  };
  watch(text, (now) => {
    clearTimeout(timer);
    isWriting.value = now.trim() !== '';
    if (isWriting.value) timer = setTimeout(stop, pauseMs);
  });
  onScopeDispose(() => clearTimeout(timer));
  return isWriting;
}
