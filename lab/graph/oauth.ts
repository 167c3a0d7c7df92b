import { type Request, Router } from 'express';
import { actAs, textIn, tokenOf, unknownObject } from './door.ts';
import { GraphError } from './errors.ts';
import { spendCode } from './log-in.ts';
import type { Token } from './model.ts';
import { addToken, type Lab } from './store.ts';

const hour = 3_600_000;
/** What Meta answers as `expires_in` of a long token. */
const longSeconds = 5_183_944;
const dataLastsMs = 90 * 24 * hour;

/** Codes and tokens of both log-ins, what a token stands for, and which accounts an app hears of. */
export function oauthApi(lab: Lab): Router {
  const router = Router();
  facebookTokens(router, lab);
  instagramTokens(router, lab);
  whoIs(router, lab);
  subscriptions(router, lab);
  return router;
}

/** The id and secret that prove an app. */
function needApp(lab: Lab, login: 'facebook' | 'instagram', given: unknown): void {
  const { appId, appSecret, instagramAppId, instagramSecret } = lab.settings;
  const [id, secret] = login === 'facebook' ? [appId, appSecret] : [instagramAppId, instagramSecret];
  const asked = textIn(given, 'client_id');
  if ((asked !== undefined && asked !== id) || textIn(given, 'client_secret') !== secret)
    throw new GraphError(1, { message: 'Error validating client secret.', httpStatus: 400 });
}

const shown = ({ token, expiresAt }: Token, now: number) => ({
  access_token: token,
  token_type: 'bearer',
  ...(expiresAt !== null && { expires_in: Math.round((expiresAt - now) / 1000) }),
});

function facebookTokens(router: Router, lab: Lab): void {
  router.get('/oauth/access_token', ({ query }, response) => {
    needApp(lab, 'facebook', query);
    if (query.grant_type === 'fb_exchange_token') {
      const before = lab.tokens.get(textIn(query, 'fb_exchange_token') ?? '');
      if (before?.kind !== 'user') throw new GraphError(190, { message: 'Malformed access token' });
      const { of, scopes, appId } = before;
      return void response.json(shown(addToken(lab, { kind: 'user', of, scopes, appId, expiresAt: lab.now() + longSeconds * 1000 }), lab.now()));
    }
    const code = spendCode(lab, 'facebook', query);
    const token = addToken(lab, {
      kind: 'user',
      of: code.pages,
      scopes: code.granted,
      asked: code.scopes,
      appId: code.appId,
      expiresAt: lab.now() + hour,
    });
    response.json(shown(token, lab.now()));
  });
  router.get('/me/permissions', (request, response) => {
    const { scopes, asked } = needPerson(lab, request);
    const all = [...new Set([...(asked ?? []), ...scopes])];
    response.json({ data: all.map((permission) => ({ permission, status: scopes.includes(permission) ? 'granted' : 'declined' })) });
  });
  router.get('/me/accounts', (request, response) => {
    const { of, scopes, appId } = needPerson(lab, request);
    const pages = [...lab.pages.values()].filter(({ id }) => of === null || of.includes(id));
    const data = pages.map(({ id, name, instagramId }) => ({
      id,
      name,
      // From a long token come page tokens that time does not end.
      access_token: addToken(lab, { kind: 'page', of: [id, ...(instagramId ? [instagramId] : [])], scopes, appId }).token,
      tasks: ['ADVERTISE', 'ANALYZE', 'CREATE_CONTENT', 'MESSAGING', 'MODERATE', 'MANAGE'],
      ...(instagramId && { instagram_business_account: { id: instagramId, username: lab.instagrams.get(instagramId)?.username ?? '' } }),
    }));
    response.json({ data, paging: { cursors: { before: 'MAZDZD', after: 'MAZDZD' } } });
  });
  router.get('/debug_token', (request, response) => void response.json({ data: inspect(lab, request) }));
}

function needPerson(lab: Lab, request: Request): Token {
  const token = tokenOf(lab, request);
  if (token.kind !== 'user') throw new GraphError(100, { message: 'Tried accessing nonexisting field on node type (Page)' });
  return token;
}

/** Only the app asks, with its id and secret as a token, and only about its own tokens. */
function inspect(lab: Lab, request: Request): object {
  const { appId, appSecret } = lab.settings;
  const asker = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1] ?? textIn(request.query, 'access_token');
  if (asker !== `${appId}|${appSecret}`) throw new GraphError(190, { message: 'Invalid OAuth access token signature.' });
  const token = lab.tokens.get(textIn(request.query, 'input_token') ?? '');
  if (token && token.appId !== appId) throw new GraphError(100, { message: 'The App_id in the input_token did not match the Viewing App' });
  if (!token) return { error: { code: 190, message: 'Malformed access token' }, is_valid: false, scopes: [] };
  const { expiresAt, createdAt, scopes, kind } = token;
  const isValid = expiresAt === null || expiresAt > lab.now();
  return {
    app_id: appId,
    type: kind === 'page' ? 'PAGE' : 'USER',
    application: 'Lab app',
    expires_at: expiresAt === null ? 0 : Math.floor(expiresAt / 1000),
    data_access_expires_at: kind === 'system' ? 0 : Math.floor((createdAt + dataLastsMs) / 1000),
    is_valid: isValid,
    scopes,
    ...(!isValid && { error: { code: 190, subcode: 463, message: 'Error validating access token: Session has expired' } }),
  };
}

function instagramTokens(router: Router, lab: Lab): void {
  router.post('/oauth/access_token', ({ body }, response) => {
    needApp(lab, 'instagram', body);
    const code = spendCode(lab, 'instagram', body);
    const [account] = [...lab.instagrams.values()].filter(({ byInstagram }) => byInstagram);
    if (!account) throw new GraphError(100, { message: 'The lab has no account that logs in at Instagram' });
    const token = addToken(lab, { kind: 'instagram', of: [account.id], scopes: code.granted, appId: code.appId, expiresAt: lab.now() + hour });
    response.json({ access_token: token.token, user_id: Number(account.id), permissions: code.granted });
  });
  router.get('/access_token', ({ query }, response) => {
    needApp(lab, 'instagram', query);
    const before = lab.tokens.get(textIn(query, 'access_token') ?? '');
    if (query.grant_type !== 'ig_exchange_token' || before?.kind !== 'instagram')
      throw new GraphError(190, { message: 'Invalid OAuth access token' });
    response.json(shown(lengthen(lab, before), lab.now()));
  });
  router.get('/refresh_access_token', (request, response) => {
    const before = tokenOf(lab, request);
    if (request.query.grant_type !== 'ig_refresh_token' || before.kind !== 'instagram')
      throw new GraphError(190, { message: 'Invalid OAuth access token' });
    if (lab.now() - before.createdAt < 24 * hour) throw new GraphError(100, { message: 'The access token must be at least 24 hours old' });
    response.json(shown(lengthen(lab, before), lab.now()));
  });
}

const lengthen = (lab: Lab, { of, scopes, appId }: Token): Token =>
  addToken(lab, { kind: 'instagram', of, scopes, appId, expiresAt: lab.now() + longSeconds * 1000 });

function whoIs(router: Router, lab: Lab): void {
  router.get('/:id', (request, response, next) => {
    if (request.params.id === 'me' && tokenOf(lab, request).kind === 'user') return void response.json({ id: '10000000000000', name: 'Somebody' });
    const id = actAs(lab, request);
    const [page, instagram] = [lab.pages.get(id), lab.instagrams.get(id)];
    if (page) response.json({ id, name: page.name });
    else if (instagram) response.json({ id: `app${id}`, user_id: id, username: instagram.username, name: instagram.username });
    else if (lab.businesses.has(id)) response.json({ id, name: lab.businesses.get(id)?.name });
    else next();
  });
}

/** Which accounts the app has asked to hear of. It is told of all of them: what is asked for is only kept, to be looked at. */
function subscriptions(router: Router, lab: Lab): void {
  const named = (request: Request<{ id: string }>): string => {
    const id = actAs(lab, request);
    if (!lab.pages.has(id) && !lab.instagrams.has(id) && !lab.businesses.has(id)) throw unknownObject(id);
    return id;
  };
  router.post('/:id/subscribed_apps', (request, response) => {
    const id = named(request);
    const fields = textIn(request.query, 'subscribed_fields') ?? textIn(request.body, 'subscribed_fields');
    if (fields === undefined && !lab.businesses.has(id)) throw new GraphError(100, { message: 'Param subscribed_fields must be non-empty' });
    lab.subscriptions.set(id, fields?.split(',') ?? null);
    response.json({ success: true });
  });
  router.get('/:id/subscribed_apps', (request, response) => {
    const fields = lab.subscriptions.get(named(request));
    response.json({ data: fields === undefined ? [] : [{ id: lab.settings.appId, name: 'Lab app', ...(fields && { subscribed_fields: fields }) }] });
  });
  router.delete('/:id/subscribed_apps', (request, response) => {
    lab.subscriptions.delete(named(request));
    response.json({ success: true });
  });
}
