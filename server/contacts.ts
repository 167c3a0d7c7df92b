import { normalizeAddress } from '#core/address.ts';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { listAlike, listAlikeTo } from '#sql/alike.ts';
import { listContacts } from '#sql/contact-list.ts';
import { readContact } from '#sql/contacts.ts';
import type { Trx } from '#sql/database.ts';
import { beginErasure, listErasures, readErasure } from '#sql/erasures.ts';
import { readExtent } from '#sql/extent.ts';
import { mergeContacts } from '#sql/merge-contacts.ts';
import { listAliases, listMerges } from '#sql/merges.ts';
import type { Queue } from '#sql/queue.ts';
import { splitContact } from '#sql/split-contact.ts';
import { undoMerge } from '#sql/undo-merge.ts';
import { readWorkspace } from '#sql/workspace.ts';
import { type ExportParts, exportPerson } from './export-person.ts';
import type { Handlers } from './handler.ts';

export type ContactParts = ExportParts & { queue: Queue; now: () => Date };

/** People: which contacts are one, and which address is whose. */
export const contactsHandlers = ({ now, queue, ...parts }: ContactParts) =>
  ({
    listContacts: ({ query, transaction }) => transaction((trx) => listContacts(trx, query)),
    listAlikeContacts: ({ query, transaction }) => transaction((trx) => listAlike(trx, query)),
    listAlikeTo: ({ params, transaction }) => transaction((trx) => listAlikeTo(trx, params.id)),
    readExtent: ({ params, transaction }) => transaction((trx) => readExtent(trx, params.id)),
    listAliases: ({ params, transaction }) => transaction((trx) => listAliases(trx, params.id)),
    listMerges: ({ params, query, transaction }) => transaction((trx) => listMerges(trx, { contactId: params.id, ...query })),
    mergeContacts: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        if (body.otherId === params.id)
          throw new Failure('invalid_input', 'A contact is itself already.', { fields: { otherId: 'is the same contact' } });
        await readContact(trx, params.id);
        await readContact(trx, body.otherId);
        const { workspaceId, personId } = caller;
        await mergeContacts(trx, { workspaceId, from: body.otherId, into: params.id, taking: body.taking, personId, now: now() });
        return readContact(trx, params.id);
      }),
    splitContact: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const { workspaceId, personId } = caller;
        const addresses = await withThoseThatFollow(trx, body.addresses);
        const id = await splitContact(trx, { workspaceId, contactId: params.id, addresses, name: body.name, personId, now: now() });
        return readContact(trx, id);
      }),
    undoMerge: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await undoMerge(trx, { workspaceId: caller.workspaceId, contactId: params.id, mergeId: params.mergeId, now: now() });
        return readContact(trx, params.id);
      }),
    eraseContact: ({ params, body, caller, transaction }) =>
      transaction((trx) => {
        const { workspaceId, personId } = caller;
        return beginErasure(trx, queue, { workspaceId, contactId: params.id, personId, keepsAway: body.keepAway, now: now() });
      }),
    listErasures: ({ query, transaction }) => transaction((trx) => listErasures(trx, query)),
    readErasure: ({ params, transaction }) => transaction((trx) => readErasure(trx, params.id)),
    exportContact: ({ params, caller }) => exportPerson(parts, { workspaceId: caller.workspaceId, contactId: params.id }),
  }) satisfies Partial<Handlers>;

type Address = { kind: AddressKind; value: string };

/** Other spellings of a number belong to whom the number belongs. */
async function withThoseThatFollow(trx: Trx, addresses: readonly Address[]): Promise<Address[]> {
  const { defaultCountry } = await readWorkspace(trx);
  return addresses.flatMap(({ kind, value }) => {
    const address = kind === 'scoped_id' ? null : normalizeAddress(kind, value, defaultCountry);
    const aliases = address === null || address.is === 'refused' ? [] : address.aliases;
    return [value, ...aliases].map((one) => ({ kind, value: one }));
  });
}
