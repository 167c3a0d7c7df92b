import { z } from 'zod';
import { ConsentBasis } from '#core/consent.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Flag, Id, Instant, Nothing, nameUpTo, Page, pageOf } from './fields.ts';

/** 20 MiB: twice the size of 200,000 rows with ten columns as Excel writes them. */
export const importMaxBytes = 20 * 1024 * 1024;

export const List = z.object({
  id: Id,
  name: z.string(),
  entries: z.number(),
  phones: z.number(),
  emails: z.number(),
  suppressed: z.number(),
  /** Who is put on it is asked by mail, and gets campaigns by mail once they have said yes. */
  doubleOptIn: z.boolean(),
  /** The mail account that asks; null: the first one there is. */
  confirmFrom: Id.nullable(),
  confirmLanguage: z.enum(['en', 'ru']),
  createdAt: Instant,
  updatedAt: Instant,
});
export const Contact = z.object({
  id: Id,
  name: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  jid: z.string().nullable(),
  handle: z.string().nullable(),
  fields: z.record(z.string(), z.string()),
  zone: z.string().nullable(),
  suppressedAt: Instant.nullable(),
  /** Imported without a word about how they agreed: they may be answered, and campaigns pass them over. */
  isReplyOnly: z.boolean(),
  createdAt: Instant,
  updatedAt: Instant,
});
const ContactFields = z.strictObject({
  name: nameUpTo(200).default(''),
  phone: z.string().trim().max(40).optional(),
  email: z.string().trim().max(254).optional(),
  jid: z.string().trim().max(320).optional(),
  handle: z.string().trim().max(64).optional(),
  fields: z.record(z.string().min(1).max(80), z.string().max(1000)).default({}),
});

/** Which column holds what; other columns become merge fields under their own heading. */
export const ImportMapping = z.strictObject({
  phone: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
  email: z.string().max(200).optional(),
  jid: z.string().max(200).optional(),
  handle: z.string().max(200).optional(),
  zone: z.string().max(200).optional(),
  fields: z.record(z.string().max(200), z.string().min(1).max(80)).default({}),
});
export type ImportMapping = z.output<typeof ImportMapping>;
/** How a text file was read; where its bytes do not tell, the likeliest. */
export const TextEncoding = z.enum(['UTF-8', 'UTF-16LE', 'UTF-16BE', 'Windows-1251', 'Windows-1252']);
export type TextEncoding = z.output<typeof TextEncoding>;
export const Import = z.object({
  id: Id,
  listId: Id,
  fileName: z.string(),
  /** Null for a workbook, and until the file is opened. */
  encoding: TextEncoding.nullable(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  rowsRead: z.number(),
  added: z.number(),
  updated: z.number(),
  duplicates: z.number(),
  rejected: z.number(),
  error: z.string().nullable(),
  /** It was given up and its file is kept for a week: `retry` goes on where it was left. */
  canRetry: z.boolean(),
  /** Nobody has said how these people agreed. */
  isReplyOnly: z.boolean(),
  startedAt: Instant,
  endedAt: Instant.nullable(),
});
export const ImportReject = z.object({
  row: z.number(),
  column: z.string().nullable(),
  value: z.string().nullable(),
  code: z.string(),
  reason: z.string(),
});
/** Deny is about a person, whatever address of theirs it names; gone is about one address, and its person is written to elsewhere. */
const RuleEffect = z.enum(['allow', 'deny', 'gone']);
export const AddressRule = z.object({
  id: Id,
  effect: RuleEffect,
  kind: z.enum(['phone', 'email', 'domain', 'country', 'handle']),
  value: z.string(),
  note: z.string(),
  createdAt: Instant,
});

const fromForm = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value);

export const lists = {
  listLists: endpoint({
    method: 'GET',
    path: '/lists',
    summary: 'Lists with their counts',
    allows: 'lists:read',
    reply: z.object({ rows: z.array(List) }),
  }),
  addList: endpoint({
    method: 'POST',
    path: '/lists',
    summary: 'Add a list',
    allows: 'lists:write',
    body: z.strictObject({ name: nameUpTo(120).min(1) }),
    status: 201,
    reply: List,
  }),
  readList: endpoint({ method: 'GET', path: '/lists/:id', summary: 'One list', allows: 'lists:read', params: ById, reply: List }),
  changeList: endpoint({
    method: 'PATCH',
    path: '/lists/:id',
    summary: 'Rename a list, or have it ask people by mail whether they want its campaigns',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({
      name: nameUpTo(120).min(1).optional(),
      doubleOptIn: z.boolean().optional(),
      confirmFrom: Id.nullable().optional(),
      confirmLanguage: List.shape.confirmLanguage.optional(),
    }),
    reply: List,
  }),
  removeList: endpoint({
    method: 'DELETE',
    path: '/lists/:id',
    summary: 'Remove a list; its contacts stay',
    allows: 'lists:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  listEntries: endpoint({
    method: 'GET',
    path: '/lists/:id/entries',
    summary: 'Contacts of a list',
    allows: 'lists:read',
    params: ById,
    query: Page.extend({ search: z.string().max(100).optional() }),
    reply: pageOf(Contact),
  }),
  addEntry: endpoint({
    method: 'POST',
    path: '/lists/:id/entries',
    summary: 'Add a contact to a list',
    allows: 'lists:write',
    params: ById,
    body: ContactFields,
    status: 201,
    reply: Contact,
  }),
  changeContact: endpoint({
    method: 'PATCH',
    path: '/contacts/:id',
    summary: 'Change a contact',
    allows: 'lists:write',
    params: ById,
    body: changesOf(ContactFields),
    reply: Contact,
  }),
  readContact: endpoint({ method: 'GET', path: '/contacts/:id', summary: 'One contact', allows: 'lists:read', params: ById, reply: Contact }),
  removeEntry: endpoint({
    method: 'DELETE',
    path: '/lists/:id/entries/:contactId',
    summary: 'Take a contact off a list',
    allows: 'lists:write',
    params: ById.extend({ contactId: Id }),
    status: 204,
    reply: Nothing,
  }),
  suppressContact: endpoint({
    method: 'POST',
    path: '/contacts/:id/suppress',
    summary: 'Write to this person no more, on any channel',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ note: z.string().max(500).default('') }),
    reply: Contact,
  }),
  unsuppressContact: endpoint({
    method: 'POST',
    path: '/contacts/:id/unsuppress',
    summary: 'The person agreed again; who and why is kept',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({ note: z.string().min(3).max(500) }),
    reply: Contact,
  }),
  previewImport: endpoint({
    method: 'POST',
    path: '/imports/preview',
    summary: 'Read the head of a file and suggest a mapping',
    allows: 'lists:write',
    upload: { file: 'file', maxBytes: importMaxBytes },
    body: z.strictObject({}),
    reply: z.object({
      fileName: z.string(),
      sheet: z.string().nullable(),
      encoding: TextEncoding.nullable(),
      headerRow: z.number(),
      columns: z.array(z.string()),
      rows: z.array(z.array(z.string())),
      mapping: ImportMapping,
      rowCount: z.number(),
    }),
  }),
  startImport: endpoint({
    method: 'POST',
    path: '/lists/:id/imports',
    summary: 'Import a .xlsx or .csv file into a list',
    allows: 'lists:write',
    params: ById,
    upload: { file: 'file', maxBytes: importMaxBytes },
    /** In a form, `mapping` and `basis` are JSON texts. Without a mapping the suggested one is used; without a basis new people may only be answered. */
    body: z.strictObject({
      mapping: z.preprocess(fromForm, ImportMapping).optional(),
      basis: z.preprocess(fromForm, ConsentBasis).optional(),
      defaultCountry: z
        .string()
        .regex(/^[A-Z]{2}$/)
        .optional(),
    }),
    status: 202,
    reply: Import,
  }),
  readImport: endpoint({ method: 'GET', path: '/imports/:id', summary: 'How an import stands', allows: 'lists:read', params: ById, reply: Import }),
  stopImport: endpoint({
    method: 'POST',
    path: '/imports/:id/stop',
    summary: 'Stop an import; what it has taken in stays',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({}),
    reply: Import,
  }),
  retryImport: endpoint({
    method: 'POST',
    path: '/imports/:id/retry',
    summary: 'Go on with an import that was given up',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({}),
    reply: Import,
  }),
  listRejects: endpoint({
    method: 'GET',
    path: '/imports/:id/rejects',
    summary: 'Rejected rows with row, column and reason',
    allows: 'lists:read',
    params: ById,
    query: Page,
    reply: pageOf(ImportReject),
  }),
  listRules: endpoint({
    method: 'GET',
    path: '/address-rules',
    summary: 'Allowed, denied and gone addresses, newest first',
    allows: 'lists:read',
    query: Page.extend({ effect: RuleEffect.optional(), active: Flag.optional() }),
    reply: pageOf(AddressRule),
  }),
  addRule: endpoint({
    method: 'POST',
    path: '/address-rules',
    summary: 'Allow or deny an address, a mail domain or a country; with any allow rule, only what is allowed is written to',
    allows: 'lists:write',
    body: AddressRule.pick({ kind: true })
      .extend({ effect: RuleEffect.exclude(['gone']), value: z.string().trim().min(1).max(320), note: z.string().max(500).default('') })
      .strict(),
    status: 201,
    reply: AddressRule,
  }),
  removeRule: endpoint({
    method: 'DELETE',
    path: '/address-rules/:id',
    summary: 'Remove a rule',
    allows: 'lists:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
