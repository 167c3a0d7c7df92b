import { Router } from 'express';
import { type AliasWords, aliases } from '#core/api/aliases.ts';
import { Failure } from '#core/failure.ts';
import { lastTalkWith } from '#sql/inbox.ts';
import { findAccount } from '#sql/profiles.ts';
import type { RawParts } from './read-request.ts';
import { type Adapt, addRoute, type RouteParts, routeTo, type Transaction } from './routes.ts';

type Fields = Record<string, unknown>;

/**
 * The paths of other documents. Mounted under /api before the contract, because some send other fields to a path that both share, and at
 * the root behind the dashboard.
 */
export function mountAliases(parts: RouteParts): Router {
  const router = Router();
  // A path with a parameter would take one that is named outright.
  const namedFirst = aliases.toSorted((a, b) => Number(a.path.includes(':')) - Number(b.path.includes(':')));
  for (const alias of namedFirst) {
    const { without } = alias;
    const route = routeTo(alias.to, parts, alias.words && words[alias.words]);
    const own = without && routeTo(without.to, parts);
    addRoute(router, alias, (request, response, next) => (own && !(without.name in request.query) ? own : route)(request, response, next));
  }
  return router;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {});
const withBody = (raw: RawParts, change: (body: Fields) => Fields): RawParts => ({ ...raw, body: change(fieldsOf(raw.body)) });

/** Gives a field its name of ours, unless ours is there already. */
function renamed(fields: Fields, names: Record<string, string>): Fields {
  const result = { ...fields };
  for (const [theirs, ours] of Object.entries(names)) {
    if (!(theirs in result) || ours in result) continue;
    result[ours] = result[theirs];
    delete result[theirs];
  }
  return result;
}

const without = (fields: Fields, ...names: string[]): Fields => Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const words: Record<AliasWords, Adapt> = {
  sign_in: async (raw) => withBody(raw, (body) => renamed(body, { username: 'email', login: 'email' })),
  refresh: async (raw) => withBody(raw, (body) => renamed(body, { refresh: 'refreshToken', refresh_token: 'refreshToken' })),
  no_body: async (raw) => ({ ...raw, body: {} }),
  preview: async (raw) =>
    withBody(raw, (body) => renamed(body, { template: 'body', text: 'body', context: 'values', variables: 'values', data: 'values' })),
  test_mail: async (raw) => withBody(raw, (body) => renamed(body, { body: 'text', message: 'text', recipient: 'to', email: 'to', to_email: 'to' })),
  whatsapp: async (raw) =>
    withBody(raw, (body) =>
      renamed(body, {
        access_token: 'token',
        phone_number_id: 'phoneNumberId',
        business_account_id: 'businessId',
        whatsapp_business_account_id: 'businessId',
        waba_id: 'businessId',
      }),
    ),
  threads: async (raw) => {
    const { status, ...query } = fieldsOf(raw.query);
    if (status !== undefined && status !== 'active' && status !== 'archived')
      throw new Failure('invalid_input', 'status: is active or archived.', { fields: { status: 'is active or archived' } });
    return { ...raw, query: { ...query, ...(status === 'archived' ? { archived: 'true' } : {}) } };
  },
  /** `user_id` is a conversation, a contact or an address; without an account it is answered where they were last spoken with. */
  chat_send: async (raw, transaction) => {
    const { user_id: user, ...body } = renamed(fieldsOf(raw.body), {
      message: 'text',
      content: 'text',
      session_id: 'accountId',
      account_id: 'accountId',
    });
    if (body.conversationId !== undefined || body.to !== undefined) return { ...raw, body };
    const talk = body.accountId === undefined ? await transaction((trx) => lastTalkWith(trx, requireUser(user))) : null;
    return { ...raw, body: talk ? { ...body, conversationId: talk.conversationId } : { ...body, to: requireUser(user) } };
  },
  chat_history: async (raw, transaction) => {
    const { user_id: user, ...query } = fieldsOf(raw.query);
    const { contactId } = await transaction((trx) => lastTalkWith(trx, requireUser(user)));
    return { ...raw, query: { ...query, contactId } };
  },
  /** `phone` names the profile by its identity, or by its name while it has none yet; here it is also what gets the code. */
  login_start: async (raw, transaction) => ({ ...raw, params: await profileOf(phoneIn(raw), transaction) }),
  profile_by_phone: async (raw, transaction) => ({
    ...raw,
    params: await profileOf(phoneIn(raw), transaction),
    query: without(fieldsOf(raw.query), 'phone'),
    body: without(fieldsOf(raw.body), 'phone'),
  }),
  receiver: async (raw, transaction) => {
    const { phone: _, tg_receiver: receiver, ...body } = fieldsOf(raw.body);
    return { ...raw, params: await profileOf(phoneIn(raw), transaction), body: receiver === undefined ? body : { to: String(receiver), ...body } };
  },
  profile_by_name: async (raw, transaction) => ({ ...raw, params: await profileOf(fieldsOf(raw.params).id, transaction) }),
};

const phoneIn = (raw: RawParts): unknown => fieldsOf(raw.body).phone ?? fieldsOf(raw.query).phone;

function requireUser(user: unknown): string {
  if (typeof user !== 'string' || user === '') throw new Failure('invalid_input', 'user_id: is missing.', { fields: { user_id: 'is missing' } });
  return user;
}

async function profileOf(named: unknown, transaction: Transaction): Promise<{ id: string }> {
  if (typeof named !== 'string' || named === '') throw new Failure('invalid_input', 'phone: is missing.', { fields: { phone: 'is missing' } });
  const { id } = await transaction((trx) => findAccount(trx, named));
  return { id };
}
