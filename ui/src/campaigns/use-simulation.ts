import { computed, watch } from 'vue';
import type { z } from 'zod';
import type { RunDrawn } from '#core/api/simulation.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useNow } from '#ui/wording/use-now.ts';

export type Drawn = z.output<typeof RunDrawn>;

const minuteMs = 60_000;

/** The run as it is drawn now; drawn again each minute and when the campaign changes. */
export function useSimulation(id: () => string) {
  const client = useClient();
  const now = useNow();
  const loading = useLoaded<Drawn>((signal) => client.simulateCampaign({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'campaign_changed' && event.campaignId === id(),
    key: id,
  });
  const minute = computed(() => Math.floor(now.value / minuteMs));
  watch(minute, () => void (document.hidden || loading.reload())); // void: reload keeps its own failure.
  return loading;
}
