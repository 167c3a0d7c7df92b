import { z } from 'zod';
import type { ConnectionLogin } from '#core/connection.ts';
import { Failure } from '#core/failure.ts';
import type { Platform } from '#core/platform-event.ts';
import { askGraph, type GraphPlace } from './graph.ts';
import { type Inspection, inspectToken } from './log-in.ts';
import { type MetaApp, type MetaSettings, secretOf } from './meta-settings.ts';
import { readAnswer, readList } from './read-answer.ts';

/** An account with its token open: where its calls go. */
export type OpenAccount = {
  platform: Platform;
  nodeId: string;
  businessId: string | null;
  login: ConnectionLogin;
  graphUrl: string;
  graphVersion: string;
  appId: string | null;
  token: string;
};

export const placeOf = (account: OpenAccount, settings: MetaSettings): GraphPlace => ({
  host: account.graphUrl,
  version: account.graphVersion,
  token: account.token,
  appSecret: secretOf(settings, account.appId),
});

/** What webhooks tell, by platform. */
const fields: Record<Exclude<Platform, 'whatsapp'>, readonly string[]> = {
  messenger: [
    'messages',
    'messaging_postbacks',
    'messaging_referrals',
    'messaging_optins',
    'messaging_handovers',
    'message_deliveries',
    'message_reads',
    'message_echoes',
    'message_reactions',
    'message_edits',
    'standby',
  ],
  instagram: ['messages', 'messaging_postbacks', 'messaging_referral', 'messaging_seen', 'message_reactions', 'messaging_handover', 'standby'],
};

/** An Instagram account of a page hangs on the page’s webhooks, which know fewer fields. */
function subscription({ platform, login, nodeId, businessId }: OpenAccount): { path: string; query: Record<string, string> } {
  if (platform === 'whatsapp') return { path: `${businessId}/subscribed_apps`, query: {} };
  const named = platform === 'instagram' && login === 'facebook' ? ['messages'] : fields[platform];
  return { path: `${nodeId}/subscribed_apps`, query: { subscribed_fields: named.join(',') } };
}

const Done = z.looseObject({ success: z.literal(true) });

/** From now on the platform tells this app what happens to the account. */
export async function subscribe(account: OpenAccount, settings: MetaSettings, signal: AbortSignal): Promise<void> {
  readAnswer(Done, await askGraph(placeOf(account, settings), { method: 'POST', ...subscription(account) }, signal));
}

export async function unsubscribe(account: OpenAccount, settings: MetaSettings, signal: AbortSignal): Promise<void> {
  const { path } = subscription(account);
  await askGraph(placeOf(account, settings), { method: 'DELETE', path }, signal);
}

const Word = z.coerce.string().optional().catch(undefined);
const PhoneNumber = z.looseObject({
  id: z.coerce.string(),
  display_phone_number: Word,
  verified_name: Word,
  quality_rating: Word,
  code_verification_status: Word,
  name_status: Word,
  platform_type: Word,
  throughput: z.looseObject({ level: Word }).optional().catch(undefined),
});
const numberFields = 'id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,platform_type,throughput';
const Limit = z.looseObject({ whatsapp_business_manager_messaging_limit: Word });
const Listed = z.looseObject({ id: z.coerce.string() });
/** More than Meta lets a business have. */
const mostNumbers = 1000;

/** What the platform says of a number: how it is shown, how good it is, how much it may send. */
export async function readNumber(account: OpenAccount, settings: MetaSettings, signal: AbortSignal): Promise<Record<string, string>> {
  const place = placeOf(account, settings);
  const number = readAnswer(PhoneNumber, await askGraph(place, { path: account.nodeId, query: { fields: numberFields } }, signal));
  // Older versions of Graph do not know this field, and refuse the whole question.
  const limit = await askGraph(place, { path: account.nodeId, query: { fields: 'whatsapp_business_manager_messaging_limit' } }, signal)
    .then((answer) => Limit.safeParse(answer).data?.whatsapp_business_manager_messaging_limit)
    .catch(() => undefined);
  const facts = {
    display: number.display_phone_number,
    name: number.verified_name,
    quality: number.quality_rating,
    verification: number.code_verification_status,
    nameStatus: number.name_status,
    platformType: number.platform_type,
    throughput: number.throughput?.level,
    limit,
  };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => Boolean(fact[1])));
}

/** Throws a `Failure` that names the field: the token, the number’s id or the business’s. */
export async function checkNumber(account: OpenAccount, settings: MetaSettings, signal: AbortSignal): Promise<Record<string, string>> {
  const facts = await readNumber(account, settings, signal).catch((error: unknown) => {
    throw named(error, 'phoneNumberId', 'The platform knows no number with this id, or the token is not for it.');
  });
  const isThere = await hasNumber(account, settings, signal).catch((error: unknown) => {
    throw named(error, 'businessId', 'The platform knows no WhatsApp business account with this id, or the token is not for it.');
  });
  if (isThere) return facts;
  const sentence = 'This number does not belong to this WhatsApp business account.';
  throw new Failure('invalid_input', sentence, { fields: { businessId: sentence } });
}

async function hasNumber(account: OpenAccount, settings: MetaSettings, signal: AbortSignal): Promise<boolean> {
  const numbers = { path: `${account.businessId}/phone_numbers`, query: { fields: 'id', limit: '200' }, item: Listed, most: mostNumbers };
  for await (const { id } of readList(placeOf(account, settings), numbers, signal)) if (id === account.nodeId) return true;
  return false;
}

function named(error: unknown, field: string, sentence: string): unknown {
  if (!(error instanceof Failure) || !error.platform) return error;
  const { platform, code } = error;
  if (code === 'platform_sign_in')
    return new Failure(code, 'The platform does not take this token.', { cause: error, platform, fields: { token: 'is not valid' } });
  if (code !== 'send_refused' && code !== 'platform_permission' && code !== 'no_such_recipient') return error;
  return new Failure('invalid_input', sentence, { cause: error, platform, fields: { [field]: sentence } });
}

const Anything = z.looseObject({});

/** Whether the platform takes the account's token, and when that ends. Throws what keeps us from knowing. */
export async function inspectAccount(account: OpenAccount, settings: MetaSettings, signal: AbortSignal): Promise<Inspection> {
  const place = placeOf(account, settings);
  const app = appOfToken(account, settings);
  if (account.login !== 'instagram' && app) {
    const inspected = await inspectToken({ place, app, token: account.token }, signal);
    if (inspected.is !== 'of_another_app') return inspected;
  }
  // Whoever cannot ask about the token asks with it.
  try {
    const path = account.login === 'instagram' ? 'me' : account.nodeId;
    readAnswer(Anything, await askGraph(place, { path, query: { fields: 'id' } }, signal));
    return { is: 'of_another_app' };
  } catch (error) {
    if (error instanceof Failure && error.code === 'platform_sign_in') return { is: 'refused', why: error.message };
    throw error;
  }
}

/** The app to ask about a token: that of the token, or ours while nobody knows whose it is. */
function appOfToken({ appId }: OpenAccount, { facebookApp }: MetaSettings): MetaApp | null {
  return appId === null || appId === facebookApp?.id ? facebookApp : null;
}
