import type { z } from 'zod';
import type { campaigns, Delivery as DeliveryShape } from '#core/api/campaigns.ts';
import type { DeliveryState } from '#core/delivery.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type Delivery = z.output<typeof DeliveryShape>;
export type DeliveryDetail = z.output<typeof campaigns.readDelivery.reply>;

type Filter = { campaignId: string; state: DeliveryState | 'all'; search: string };

export function useDeliveries(filter: () => Filter) {
  const client = useClient();
  return usePages<Delivery>(
    (ask, signal) => {
      const { campaignId, state, search } = filter();
      return client.listDeliveries(
        { params: { id: campaignId }, query: { ...ask, state: state === 'all' ? undefined : state, search: search || undefined } },
        signal,
      );
    },
    {
      on: (event) => event.kind === 'delivery_changed' && event.campaignId === filter().campaignId,
      key: () => JSON.stringify(filter()),
      pageSize: 100,
    },
  );
}

type LogFilter = { state: DeliveryState | 'all'; accountId: string; campaignId: string };

/** Deliveries of everything, the last changed first; an empty id is every one. */
export function useDeliveryLog(filter: () => LogFilter) {
  const client = useClient();
  return usePages<Delivery>(
    (ask, signal) => {
      const { state, accountId, campaignId } = filter();
      const query = { state: state === 'all' ? undefined : state, accountId: accountId || undefined, campaignId: campaignId || undefined };
      return client.listLogs({ query: { ...ask, ...query } }, signal);
    },
    { on: (event) => event.kind === 'delivery_changed', key: () => JSON.stringify(filter()), pageSize: 100 },
  );
}

/** Deliveries of one account, of every campaign and reply: those before it, in their order, or those that have ended. */
export function useAccountDeliveries(accountId: () => string, which: 'queue' | 'ended') {
  const client = useClient();
  return usePages<Delivery>(
    (ask, signal) =>
      which === 'queue'
        ? client.listQueue({ params: { id: accountId() }, query: ask }, signal)
        : client.listLogs({ query: { ...ask, accountId: accountId(), ended: 'true' } }, signal),
    { on: (event) => event.kind === 'delivery_changed' && event.accountId === accountId(), key: accountId },
  );
}

export function useDelivery(id: () => string) {
  const client = useClient();
  const { loaded, reload } = useLoaded<DeliveryDetail>((signal) => client.readDelivery({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'delivery_changed' && event.deliveryId === id(),
    key: id,
  });
  const resolve = (as: 'sent' | 'failed' | 'send_again') => client.resolveDelivery({ params: { id: id() }, body: { as } });
  return { loaded, reload, resolve };
}
