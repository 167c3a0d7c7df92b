import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { Platform } from '#core/platform-event.ts';
import { askGraph, type GraphPlace } from './graph.ts';
import { hostsOf, type MetaApp, type MetaSettings } from './meta-settings.ts';
import { readAnswer, readList } from './read-answer.ts';

/** By which of Meta's two log-ins an account is connected. */
export type LogIn = { platform: Platform; login: 'facebook' | 'instagram'; graphUrl: string; graphVersion: string; redirectUri: string };
export type Token = { token: string; at: Date; endsAt: Date | null; dataEndsAt: Date | null; appId: string };
/** An account that the person has let us see. `missing`: what it cannot work without and was not allowed. */
export type Found = {
  externalId: string;
  nodeId: string;
  businessId: string | null;
  name: string;
  username: string | null;
  token: Token;
  graphUrl: string;
  missing: string[];
};

const scopes = {
  messenger: ['pages_show_list', 'pages_messaging', 'pages_manage_metadata'],
  instagramOfPage: ['pages_show_list', 'pages_manage_metadata', 'instagram_basic', 'instagram_manage_messages'],
  instagram: ['instagram_business_basic', 'instagram_business_manage_messages'],
} as const;

export function scopesOf({ platform, login }: Pick<LogIn, 'platform' | 'login'>): readonly string[] {
  if (login === 'instagram') return scopes.instagram;
  return platform === 'instagram' ? scopes.instagramOfPage : scopes.messenger;
}

/** Throws `config_invalid` where the settings name no app for this log-in. */
export function appOf({ facebookApp, instagramApp }: MetaSettings, login: LogIn['login']): MetaApp {
  const app = login === 'instagram' ? instagramApp : facebookApp;
  if (app) return app;
  const names = login === 'instagram' ? 'INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET' : 'META_APP_ID and META_APP_SECRET';
  throw new Failure('config_invalid', `Set ${names} first: without an app nobody can log in there.`);
}

/** Where the person is asked whether the app may act for their accounts. */
export function dialogUrl(logIn: LogIn, app: MetaApp, state: string): string {
  const hosts = hostsOf(logIn.graphUrl);
  const address = logIn.login === 'instagram' ? `${hosts.instagramDialog}/oauth/authorize` : `${hosts.dialog}/${logIn.graphVersion}/dialog/oauth`;
  const url = new URL(address);
  url.search = new URLSearchParams({
    client_id: app.id,
    redirect_uri: logIn.redirectUri,
    state,
    scope: scopesOf(logIn).join(','),
    response_type: 'code',
  }).toString();
  return url.href;
}

/** What stands behind a code: every account of the platform that the person chose in the dialog, each with a token of its own that lasts. */
export async function findAccounts(logIn: LogIn, ask: { app: MetaApp; code: string; now: Date }, signal: AbortSignal): Promise<Found[]> {
  // Instagram hangs `#_` on the address, and some browsers hand it on.
  const code = ask.code.replace(/#_$/, '');
  return logIn.login === 'instagram' ? findByInstagram(logIn, { ...ask, code }, signal) : findByFacebook(logIn, { ...ask, code }, signal);
}

type Ask = { app: MetaApp; code: string; now: Date };
const Life = z.coerce.number().positive().nullable().catch(null);
const Given = z.looseObject({ access_token: z.string().min(1), expires_in: Life.optional() });
const endOf = (now: Date, seconds: number | null | undefined): Date | null => (seconds ? new Date(now.getTime() + seconds * 1000) : null);

const PermissionList = z.looseObject({ data: z.array(z.looseObject({ permission: z.string(), status: z.string() })).catch([]) });
const Page = z.looseObject({
  id: z.coerce.string(),
  name: z.string().catch(''),
  access_token: z.string().optional().catch(undefined),
  tasks: z.array(z.string()).optional().catch(undefined),
  instagram_business_account: z
    .looseObject({ id: z.coerce.string(), username: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
});
const pageFields = 'id,name,access_token,tasks,instagram_business_account{id,username}';
/** More pages than anybody manages by hand. */
const mostPages = 1000;

/** Code → short token → one of 60 days → tokens of the pages, which time does not end. */
async function findByFacebook(logIn: LogIn, { app, code, now }: Ask, signal: AbortSignal): Promise<Found[]> {
  const { graph } = hostsOf(logIn.graphUrl);
  const place: GraphPlace = { host: graph, version: logIn.graphVersion, token: null, appSecret: null };
  const own = { client_id: app.id, client_secret: app.secret };
  const short = readAnswer(
    Given,
    await askGraph(place, { path: 'oauth/access_token', query: { ...own, redirect_uri: logIn.redirectUri, code } }, signal),
  );
  const exchange = { ...own, grant_type: 'fb_exchange_token', fb_exchange_token: short.access_token };
  const long = readAnswer(Given, await askGraph(place, { path: 'oauth/access_token', query: exchange }, signal));
  const asPerson: GraphPlace = { ...place, token: long.access_token, appSecret: app.secret };
  const granted = await grantedOf(asPerson, signal);
  const missing = scopesOf(logIn).filter((scope) => !granted.has(scope));
  const found: Found[] = [];
  const pages = { path: 'me/accounts', query: { fields: pageFields, limit: '100' }, item: Page, most: mostPages };
  for await (const page of readList(asPerson, pages, signal)) {
    const account = logIn.platform === 'instagram' ? page.instagram_business_account : page;
    if (!account || !page.access_token) continue;
    const token = { token: page.access_token, at: now, appId: app.id, ...(await endsOf({ place, app, token: page.access_token }, signal)) };
    const username = page.instagram_business_account?.username ?? null;
    found.push({
      externalId: account.id,
      nodeId: page.id,
      businessId: null,
      name: logIn.platform === 'instagram' ? (username ?? page.name) : page.name,
      username: logIn.platform === 'instagram' ? username : page.name,
      token,
      graphUrl: graph,
      missing: page.tasks && !page.tasks.includes('MESSAGING') ? [...missing, 'MESSAGING'] : missing,
    });
  }
  return found;
}

async function grantedOf(asPerson: GraphPlace, signal: AbortSignal): Promise<Set<string>> {
  const { data } = readAnswer(PermissionList, await askGraph(asPerson, { path: 'me/permissions' }, signal));
  return new Set(data.filter(({ status }) => status === 'granted').map(({ permission }) => permission));
}

/** The answer of Instagram stands by itself or in a list, by the age of the app. */
const Short = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data) ? value.data[0] : value),
  Given.extend({
    permissions: z
      .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
      .optional()
      .catch(undefined),
  }),
);
const Me = z.looseObject({
  id: z.coerce.string(),
  user_id: z.coerce.string().optional(),
  username: z.string().nullish(),
  name: z.string().nullish(),
});

/** Code → token of an hour → one of 60 days, which is the account's own. */
async function findByInstagram(logIn: LogIn, { app, code, now }: Ask, signal: AbortSignal): Promise<Found[]> {
  const hosts = hostsOf(logIn.graphUrl);
  const form = new URLSearchParams({
    client_id: app.id,
    client_secret: app.secret,
    grant_type: 'authorization_code',
    redirect_uri: logIn.redirectUri,
    code,
  });
  const nobody = { token: null, appSecret: null };
  const exchange = { method: 'POST' as const, path: 'oauth/access_token', form };
  const short = readAnswer(Short, await askGraph({ host: hosts.instagramToken, version: null, ...nobody }, exchange, signal));
  const lasting = { grant_type: 'ig_exchange_token', client_secret: app.secret, access_token: short.access_token };
  const graph: GraphPlace = { host: hosts.instagramGraph, version: null, ...nobody };
  const long = readAnswer(Given, await askGraph(graph, { path: 'access_token', query: lasting }, signal));
  const asAccount: GraphPlace = { ...graph, version: logIn.graphVersion, token: long.access_token, appSecret: app.secret };
  const me = readAnswer(Me, await askGraph(asAccount, { path: 'me', query: { fields: 'id,user_id,username,name' } }, signal));
  const id = me.user_id ?? me.id;
  const granted = new Set(short.permissions ?? scopesOf(logIn));
  return [
    {
      externalId: id,
      nodeId: id,
      businessId: null,
      name: me.username ?? me.name ?? id,
      username: me.username ?? null,
      token: { token: long.access_token, at: now, endsAt: endOf(now, long.expires_in), dataEndsAt: null, appId: app.id },
      graphUrl: hosts.instagramGraph,
      missing: scopesOf(logIn).filter((scope) => !granted.has(scope)),
    },
  ];
}

const Refreshed = z.looseObject({ access_token: z.string().min(1), expires_in: Life });

/** A longer life for a token of an Instagram log-in; it has to be a day old and still alive. */
export async function refreshToken(graphUrl: string, token: string, now: Date, signal: AbortSignal): Promise<{ token: string; endsAt: Date | null }> {
  const place: GraphPlace = { host: graphUrl, version: null, token: null, appSecret: null };
  const query = { grant_type: 'ig_refresh_token', access_token: token };
  const answer = readAnswer(Refreshed, await askGraph(place, { path: 'refresh_access_token', query }, signal));
  return { token: answer.access_token, endsAt: endOf(now, answer.expires_in) };
}

const Inspected = z.looseObject({
  data: z.looseObject({
    app_id: z.coerce.string().optional(),
    is_valid: z.boolean().optional(),
    expires_at: z.coerce.number().nullish().catch(null),
    data_access_expires_at: z.coerce.number().nullish().catch(null),
    error: z
      .looseObject({ message: z.string().catch('') })
      .nullish()
      .catch(null),
  }),
});
export type Ends = { endsAt: Date | null; dataEndsAt: Date | null };
export type Inspection = { is: 'ours'; ends: Ends } | { is: 'refused'; why: string } | { is: 'of_another_app' };

/** What Facebook says of a token; only the app that it belongs to may ask. Nought is no end. */
export async function inspectToken(
  { place, app, token }: { place: GraphPlace; app: MetaApp; token: string },
  signal: AbortSignal,
): Promise<Inspection> {
  const asApp: GraphPlace = { ...place, token: `${app.id}|${app.secret}`, appSecret: null };
  const answer = await askGraph(asApp, { path: 'debug_token', query: { input_token: token } }, signal).catch((error: unknown) => {
    if (error instanceof Failure && error.platform) return null;
    throw error;
  });
  if (answer === null) return { is: 'of_another_app' };
  const { data } = readAnswer(Inspected, answer);
  if (data.app_id !== undefined && data.app_id !== app.id) return { is: 'of_another_app' };
  if (data.is_valid === false)
    return { is: 'refused', why: data.error?.message.replaceAll(token, '…') || 'The platform says that the token is not valid any more.' };
  const at = (seconds: number | null | undefined) => (seconds ? new Date(seconds * 1000) : null);
  return { is: 'ours', ends: { endsAt: at(data.expires_at), dataEndsAt: at(data.data_access_expires_at) } };
}

/** Of a token that was just given: what is not said is not known to end. */
async function endsOf(ask: { place: GraphPlace; app: MetaApp; token: string }, signal: AbortSignal): Promise<Ends> {
  const inspected = await inspectToken(ask, signal);
  return inspected.is === 'ours' ? inspected.ends : { endsAt: null, dataEndsAt: null };
}
