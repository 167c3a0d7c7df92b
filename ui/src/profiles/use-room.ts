import { type ComputedRef, computed } from 'vue';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useWording } from '#ui/wording/use-wording.ts';

/** How many browsers are open and would fit, in words; null while none is open. */
export function useRoom(): ComputedRef<string | null> {
  const client = useClient();
  const { t, number } = useWording();
  const { loaded } = useLoaded((signal) => client.readHealth({}, signal), { on: (event) => event.kind === 'profile_changed' });
  return computed(() => {
    const room = loaded.value.is === 'ready' ? loaded.value.value.room : null;
    if (!room) return null;
    const counts = { open: number(room.open), fits: number(room.fits) };
    if (room.isFull) return t('profiles.room_full', counts);
    const fit = t('profiles.room', counts);
    return room.slots < room.fits ? `${fit} ${t('profiles.room_slots', { n: number(room.slots) })}` : fit;
  });
}
