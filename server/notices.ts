import { makePushKeys } from '#channels/web-push.ts';
import { Failure } from '#core/failure.ts';
import { readMailAccount } from '#sql/mail.ts';
import {
  addPushSubscription,
  changeNoticeSettings,
  listNotices,
  listPushSubscriptions,
  readNoticeSettings,
  readNotices,
  readNoticesOf,
  readPushKey,
  removePushSubscription,
} from '#sql/notices.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';

export type NoticeParts = { sealer: Sealer };

/** Browsers of one person. */
const mostSubscriptions = 10;

export const noticesHandlers = ({ sealer }: NoticeParts) =>
  ({
    listNotices: ({ query, caller, transaction }) => transaction((trx) => listNotices(trx, caller.personId, query)),
    async readNotices({ body, caller, transaction }) {
      const { conversationId, ids } = body;
      await transaction((trx) => (conversationId ? readNoticesOf(trx, caller, conversationId) : readNotices(trx, caller.personId, ids)));
      return null;
    },
    readNoticeSettings: ({ caller, transaction }) => transaction((trx) => readNoticeSettings(trx, caller.personId)),
    changeNoticeSettings: ({ body, caller, transaction }) =>
      transaction(async (trx) => {
        if (body.mailAccountId) await readMailAccount(trx, body.mailAccountId);
        return changeNoticeSettings(trx, caller, body);
      }),
    readPushKey: ({ transaction }) =>
      transaction(async (trx) => {
        const made = () => {
          const { publicKey, privateKey } = makePushKeys();
          return { publicKey, sealedPrivateKey: sealer.seal(privateKey) };
        };
        return { key: (await readPushKey(trx, made)).publicKey };
      }),
    async addPushSubscription({ body, caller, transaction }) {
      await transaction(async (trx) => {
        const known = await listPushSubscriptions(trx, caller.personId);
        if (known.length >= mostSubscriptions && !known.some(({ endpoint }) => endpoint === body.endpoint))
          throw new Failure('over_limit', `At most ${mostSubscriptions} browsers of yours are pushed to. Switch it off in one of them first.`);
        await addPushSubscription(trx, caller, { endpoint: body.endpoint, sealedKeys: sealer.seal(JSON.stringify(body.keys)) });
      });
      return null;
    },
    async removePushSubscription({ body, caller, transaction }) {
      await transaction((trx) => removePushSubscription(trx, caller.personId, body.endpoint));
      return null;
    },
  }) satisfies Partial<Handlers>;
