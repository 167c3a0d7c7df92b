import { Failure } from '#core/failure.ts';
import { listConsents } from '#sql/consents.ts';
import { mailOptIn, readListAsks, thoseToAsk, unasked } from '#sql/double-opt-in.ts';
import { requireList } from '#sql/lists.ts';
import { readOptIn } from '#sql/opt-in.ts';
import { requireContact } from '#sql/suppressions.ts';
import { writeDownConsent } from '#sql/write-down-consent.ts';
import { type AskParts, requireWriter } from './ask-to-confirm.ts';
import type { Handlers } from './handler.ts';

/** What people have agreed to and refused. */
export const consentsHandlers = (parts: AskParts) =>
  ({
    listConsents: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        await requireContact(trx, params.id);
        return listConsents(trx, { contactId: params.id, ...query });
      }),
    recordConsent: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const at = body.at ? new Date(body.at) : parts.now();
        await writeDownConsent(trx, {
          ...body,
          workspaceId: caller.workspaceId,
          personId: caller.personId,
          contactId: params.id,
          at,
          now: parts.now(),
        });
        return { contactId: params.id };
      }),
    askToConfirm: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const place = { workspaceId: caller.workspaceId, listId: params.id };
        await requireList(trx, params.id);
        const asks = await readListAsks(trx, place);
        if (!asks) throw asksNobody();
        const write = requireWriter(parts);
        const found = await unasked(trx, { listId: params.id, now: parts.now(), most: body.most + 1 });
        const contactIds = found.slice(0, body.most);
        for (const contactId of contactIds) await mailOptIn(trx, parts.queue, { ...place, contactId, asks, write, now: parts.now() });
        return { asked: contactIds.length, hasMore: found.length > body.most };
      }),
    readOptIn: ({ params, transaction }) => transaction((trx) => readOptIn(trx, params.id, parts.now())),
    askContactToConfirm: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const place = { workspaceId: caller.workspaceId, listId: body.listId, contactId: params.id };
        const { lists } = await readOptIn(trx, params.id, parts.now());
        if (!lists.some(({ id }) => id === body.listId)) throw new Failure('not_found', 'This person is not on that list.');
        const asks = await readListAsks(trx, place);
        if (!asks) throw asksNobody();
        if ((await thoseToAsk(trx, [params.id])).length === 0)
          throw new Failure('wrong_state', 'This person has no mail address, or has said yes or no already.');
        await mailOptIn(trx, parts.queue, { ...place, asks, write: requireWriter(parts), now: parts.now() });
        return readOptIn(trx, params.id, parts.now());
      }),
  }) satisfies Partial<Handlers>;

const asksNobody = () => new Failure('wrong_state', 'This list asks nobody. Switch that on first.');
