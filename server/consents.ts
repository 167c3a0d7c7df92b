import { listConsents } from '#sql/consents.ts';
import { requireContact } from '#sql/suppressions.ts';
import { writeDownConsent } from '#sql/write-down-consent.ts';
import type { Handlers } from './handler.ts';

/** What people have agreed to and refused. */
export const consentsHandlers = ({ now }: { now: () => Date }) =>
  ({
    listConsents: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        await requireContact(trx, params.id);
        return listConsents(trx, { contactId: params.id, ...query });
      }),
    recordConsent: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const at = body.at ? new Date(body.at) : now();
        await writeDownConsent(trx, { ...body, workspaceId: caller.workspaceId, personId: caller.personId, contactId: params.id, at, now: now() });
        return { contactId: params.id };
      }),
  }) satisfies Partial<Handlers>;
