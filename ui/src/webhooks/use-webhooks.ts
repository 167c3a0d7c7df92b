import type { z } from 'zod';
import type { Webhook as WebhookShape, WebhookState as WebhookStateShape } from '#core/api/webhooks.ts';
import type { Platform } from '#core/platform-event.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type Webhook = z.output<typeof WebhookShape>;
export type WebhookState = z.output<typeof WebhookStateShape>;
export type WebhookFilter = { state: WebhookState | 'all'; platform: Platform | null; hasUnknown: boolean };

export function useWebhooks(filter: () => WebhookFilter) {
  const client = useClient();
  const load = (page: { cursor: string | undefined; limit: number }, signal: AbortSignal) => {
    const { state, platform, hasUnknown } = filter();
    const query = {
      limit: page.limit,
      ...(page.cursor ? { cursor: page.cursor } : {}),
      ...(state === 'all' ? {} : { state }),
      ...(platform ? { platform } : {}),
      ...(hasUnknown ? { hasUnknown: 'true' as const } : {}),
    };
    return client.listWebhooks({ query }, signal);
  };
  return usePages(load, { key: filter });
}

export function useWebhook(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readWebhook({ params: { id: id() } }, signal), { key: id });
}

export function useReplay() {
  const client = useClient();
  return {
    one: (id: string) => client.replayWebhooks({ body: { ids: [id] } }),
    all: (state: WebhookState, platform: Platform | null) => client.replayWebhooks({ body: { state, ...(platform ? { platform } : {}) } }),
  };
}
