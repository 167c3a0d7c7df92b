import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import { normalizeAddress, parseEmail, requireCountry } from '#core/address.ts';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { kindOfFile } from '#recipient-files/file-kind.ts';
import { createSheetOpener, type SheetOpener } from '#recipient-files/open.ts';
import { previewRecipients } from '#recipient-files/read-recipients.ts';
import * as rules from '#sql/address-rules.ts';
import { readFields } from '#sql/contact-fields.ts';
import { changeContact, type NewAddress, readContact } from '#sql/contacts.ts';
import type { Db, Trx } from '#sql/database.ts';
import * as imports from '#sql/imports.ts';
import * as lists from '#sql/lists.ts';
import { suppressContact, unsuppressContact } from '#sql/suppressions.ts';
import { readWorkspace } from '#sql/workspace.ts';
import { type AskParts, askOne } from './ask-to-confirm.ts';
import { contactsCsv } from './contacts-csv.ts';
import type { Handlers } from './handler.ts';

export type ListParts = AskParts & { db: Db; openSheet?: SheetOpener };

/** Lists, the contacts on them, and rules about addresses. */
export const listsHandlers = (parts: ListParts) =>
  ({
    listLists: ({ transaction }) => transaction(async (trx) => ({ rows: await lists.listLists(trx) })),
    addList: ({ body, caller, transaction }) => transaction((trx) => lists.addList(trx, caller.workspaceId, body.name)),
    readList: ({ params, transaction }) => transaction((trx) => lists.readList(trx, params.id)),
    changeList: ({ params, body, caller, transaction }) =>
      transaction((trx) => lists.changeList(trx, { workspaceId: caller.workspaceId, listId: params.id }, body)),
    async removeList({ params, caller, transaction }) {
      await transaction((trx) => lists.removeList(trx, { workspaceId: caller.workspaceId, listId: params.id }));
      return null;
    },
    listEntries: ({ params, query, transaction }) => transaction((trx) => lists.listEntries(trx, { listId: params.id, ...query })),
    async exportList({ params, caller, transaction }) {
      const listId = params.id;
      const { name, keys } = await transaction(async (trx) => ({ ...(await lists.readList(trx, listId)), keys: await lists.fieldsOn(trx, listId) }));
      return contactsCsv(parts.db, caller.workspaceId, { name, keys, page: (trx, ask) => lists.listEntries(trx, { listId, ...ask }) });
    },
    addEntry: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const { addresses } = await readAddresses(trx, body);
        if (addresses.length === 0)
          throw new Failure('invalid_input', 'Give an address: a phone, a mail address, a Jabber id or a user name.', {
            fields: { phone: 'is missing' },
          });
        const recipient = { row: 0, name: body.name, zone: null, fields: await readFields(trx, body.fields), addresses };
        const { workspaceId } = caller;
        const contact = await lists.addEntry(trx, { workspaceId, listId: params.id, recipient });
        await askOne(trx, parts, { workspaceId, listId: params.id, contactId: contact.id });
        return readContact(trx, contact.id);
      }),
    async removeEntry({ params, caller, transaction }) {
      await transaction((trx) => lists.removeEntry(trx, { workspaceId: caller.workspaceId, listId: params.id, contactId: params.contactId }));
      return null;
    },
    readContact: ({ params, transaction }) => transaction((trx) => readContact(trx, params.id)),
    changeContact: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const change = { name: body.name, fields: body.fields && (await readFields(trx, body.fields)), ...(await readAddresses(trx, body)) };
        return changeContact(trx, { workspaceId: caller.workspaceId, contactId: params.id, change });
      }),
    suppressContact: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const evidence = body.note === '' ? `by ${caller.personId}` : `by ${caller.personId}: ${body.note}`;
        await suppressContact(trx, {
          workspaceId: caller.workspaceId,
          contactId: params.id,
          source: 'manual',
          evidence,
          personId: caller.personId,
          now: parts.now(),
        });
        return readContact(trx, params.id);
      }),
    unsuppressContact: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        await unsuppressContact(trx, {
          workspaceId: caller.workspaceId,
          contactId: params.id,
          personId: caller.personId,
          note: body.note,
          now: parts.now(),
        });
        return readContact(trx, params.id);
      }),
    ...importHandlers(parts),
    ...ruleHandlers(parts),
  }) satisfies Partial<Handlers>;

const importHandlers = ({ queue, now, openSheet = createSheetOpener() }: ListParts) =>
  ({
    async previewImport({ file, signal, transaction }) {
      if (!file) throw fileMissing();
      const { defaultCountry } = await transaction(readWorkspace);
      return previewRecipients(openSheet, { file, defaultCountry, signal });
    },
    async startImport({ params, body, file, caller, transaction }) {
      if (!file) throw fileMissing();
      if (body.defaultCountry) requireCountry(body.defaultCountry);
      await kindOfFile(file);
      if (body.basis && new Date(body.basis.date) > now())
        throw new Failure('invalid_input', 'Nobody agreed in the future.', { fields: { basis: 'lies in the future' } });
      return transaction(async (trx) => {
        const defaultCountry = body.defaultCountry ?? (await readWorkspace(trx)).defaultCountry;
        const { workspaceId } = caller;
        const made = await imports.addImport(trx, {
          workspaceId,
          listId: params.id,
          fileName: file.name,
          content: file.content,
          mapping: body.mapping,
          basis: body.basis,
          defaultCountry,
        });
        await queue.send('import', { workspaceId, importId: made.id }, { trx });
        return made;
      });
    },
    readImport: ({ params, transaction }) => transaction((trx) => imports.readImport(trx, params.id)),
    stopImport: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await imports.endImport(trx, { workspaceId: caller.workspaceId, importId: params.id, state: 'stopped', now: now() });
        return imports.readImport(trx, params.id);
      }),
    retryImport: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        const job = { workspaceId: caller.workspaceId, importId: params.id };
        const again = await imports.retryImport(trx, job);
        await queue.send('import', job, { trx });
        return again;
      }),
    listRejects: ({ params, query, transaction }) => transaction((trx) => imports.listRejects(trx, { importId: params.id, ...query })),
  }) satisfies Partial<Handlers>;

const fileMissing = () => new Failure('invalid_input', 'Give the file as a form field named file.', { fields: { file: 'is missing' } });

const ruleHandlers = ({ now }: ListParts) =>
  ({
    listRules: ({ query, transaction }) => transaction((trx) => rules.listRules(trx, query.effect, query)),
    addRule: ({ body, caller, transaction }) =>
      transaction(async (trx) => {
        const { defaultCountry } = await readWorkspace(trx);
        return rules.addRule(trx, { workspaceId: caller.workspaceId, ...body, ...readRule(body.kind, body.value, defaultCountry) }, now());
      }),
    async removeRule({ params, transaction }) {
      await transaction((trx) => rules.removeRule(trx, params.id));
      return null;
    },
  }) satisfies Partial<Handlers>;

/** A rule's value in the form in which addresses are stored, so that it can be compared. */
function readRule(kind: rules.RuleKind, value: string, defaultCountry: string): { value: string; prefix: string | null } {
  if (kind === 'country') {
    const country = value.toUpperCase();
    if (!isSupportedCountry(country)) throw wrongValue('is not a country by its two letters, such as DE');
    return { value: country, prefix: `+${getCountryCallingCode(country)}` };
  }
  if (kind === 'domain') {
    const parsed = parseEmail(`x@${value.replace(/^@/, '')}`);
    if (parsed.is === 'refused') throw wrongValue('is not a mail domain, such as example.com');
    return { value: parsed.value.slice(2), prefix: null };
  }
  const address = normalizeAddress(kind, value, defaultCountry);
  if (address.is === 'refused') throw wrongValue(address.reason);
  return { value: address.value, prefix: null };
}

const wrongValue = (reason: string) => new Failure('invalid_input', reason, { fields: { value: reason } });

const kinds = ['phone', 'email', 'jid', 'handle'] as const satisfies readonly AddressKind[];
type Typed = Partial<Record<AddressKind, string>>;

/** Typed addresses in their stored form. One that is given empty is to be removed. Throws `invalid_input` naming each wrong field. */
async function readAddresses(trx: Trx, typed: Typed): Promise<{ addresses: NewAddress[]; removed: AddressKind[] }> {
  const { defaultCountry } = await readWorkspace(trx);
  const wrong: Record<string, string> = {};
  const addresses: NewAddress[] = [];
  for (const kind of kinds) {
    const text = typed[kind];
    if (text === undefined || text === '') continue;
    const address = normalizeAddress(kind, text, defaultCountry);
    if (address.is === 'refused') wrong[kind] = address.reason;
    else addresses.push({ kind, value: address.value, aliases: address.aliases, typed: text });
  }
  if (Object.keys(wrong).length > 0) throw new Failure('invalid_input', Object.values(wrong)[0], { fields: wrong });
  return { addresses, removed: kinds.filter((kind) => typed[kind] === '') };
}
