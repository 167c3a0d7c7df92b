import { isDeepStrictEqual } from 'node:util';
import { parseWebhook, readBody } from '#channels/meta/parse-webhook.ts';
import type { Platform, PlatformEvent } from '#core/platform-event.ts';
import { storable } from '#core/storable.ts';
import type { Queue } from '#sql/queue.ts';
import { listRefusals, listWebhooks, readWebhook, replayWebhooks } from '#sql/webhook-list.ts';
import type { Handlers } from './handler.ts';

export type WebhookListParts = { queue: Queue };

export const webhooksHandlers = ({ queue }: WebhookListParts) =>
  ({
    listWebhooks: ({ query: { cursor, limit, ...filter }, transaction }) => transaction((trx) => listWebhooks(trx, filter, { cursor, limit })),
    listWebhookRefusals: ({ transaction }) => transaction(async (trx) => ({ rows: await listRefusals(trx) })),
    async readWebhook({ params, transaction }) {
      const { body, ...webhook } = await transaction((trx) => readWebhook(trx, params.id));
      const eventsToday = parseToday(body, webhook.platform);
      const isSame = isDeepStrictEqual(webhook.events, eventsToday ?? []);
      return { ...webhook, body: body.toString('utf8'), eventsToday, isSame };
    },
    replayWebhooks: ({ body, transaction }) =>
      transaction(async (trx) => {
        const replayed = await replayWebhooks(trx, body);
        await queue.send('webhooks', {}, { trx });
        return { replayed };
      }),
  }) satisfies Partial<Handlers>;

function parseToday(body: Buffer, platform: Platform): PlatformEvent[] | null {
  try {
    // Through JSON, as what was stored went: fields that are undefined are none.
    return JSON.parse(JSON.stringify(parseWebhook(readBody(body.toString('utf8')), platform).events.map(storable)));
  } catch {
    return null;
  }
}
