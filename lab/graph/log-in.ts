import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { GraphError } from './errors.ts';
import type { Code } from './model.ts';
import type { Lab } from './store.ts';

const Asked = z.looseObject({
  client_id: z.string(),
  redirect_uri: z.url(),
  state: z.string().default(''),
  scope: z.string().transform((text) => text.split(',').filter(Boolean)),
  response_type: z.literal('code'),
});
const Agreed = Asked.extend({
  granted: z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]),
  pages: z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]),
});

const codeLastsMs = 10 * 60_000;

/** The dialogs in which a person says whether an app may act for their accounts. They agree with the buttons; nobody has to sign in first. */
export function logInPages(lab: Lab): Router {
  const router = Router();
  router.get('/dialog/oauth', (request, response) => show(lab, 'facebook', request, response));
  router.get('/oauth/authorize', (request, response) => show(lab, 'instagram', request, response));
  router.post('/dialog/oauth', (request, response) => decide(lab, 'facebook', request, response));
  router.post('/oauth/authorize', (request, response) => decide(lab, 'instagram', request, response));
  return router;
}

function read<T extends z.ZodType<{ client_id: string }>>(lab: Lab, login: Code['login'], schema: T, given: unknown): z.output<T> {
  const asked = schema.safeParse(given);
  if (!asked.success) throw new GraphError(100, { message: z.prettifyError(asked.error) });
  const { appId, instagramAppId } = lab.settings;
  if (asked.data.client_id !== (login === 'instagram' ? instagramAppId : appId))
    throw new GraphError(101, { message: 'Error validating application. Invalid app ID.' });
  return asked.data;
}

function show(lab: Lab, login: Code['login'], request: Request, response: Response): void {
  const asked = read(lab, login, Asked, request.query);
  const kept = Object.entries(request.query).map(([name, value]) => `<input type="hidden" name="${plain(name)}" value="${plain(String(value))}">`);
  const scopes = asked.scope.map((scope) => box('granted', scope, scope));
  const pages = login === 'facebook' ? [...lab.pages.values()].map(({ id, name }) => box('pages', id, name)) : [];
  response.type('html').send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in with the lab</title>
    <style>body{max-width:30rem;margin:3rem auto;font:16px system-ui}label{display:block;margin:.4rem 0}button{margin:1rem .5rem 0 0;padding:.5rem 1rem}</style>
    <h1>${login === 'instagram' ? 'Instagram' : 'Facebook'} of the lab</h1><p>The app asks for:</p>
    <form method="post">${kept.join('')}${scopes.join('')}${pages.length > 0 ? `<p>For these pages:</p>${pages.join('')}` : ''}
    <button name="answer" value="yes">Allow</button><button name="answer" value="no">Not now</button></form></html>`);
}

function decide(lab: Lab, login: Code['login'], request: Request, response: Response): void {
  const asked = read(lab, login, Agreed, request.body);
  const back = new URL(asked.redirect_uri);
  if (asked.state) back.searchParams.set('state', asked.state);
  if (request.body.answer === 'yes') {
    const code = randomBytes(24).toString('base64url');
    const { client_id: appId, redirect_uri: redirectUri, granted, pages, scope } = asked;
    lab.codes.set(code, { code, login, appId, redirectUri, scopes: scope, granted, pages, until: lab.now() + codeLastsMs });
    back.searchParams.set('code', code);
    // Instagram hangs this on, and apps have to take it off.
    if (login === 'instagram') back.hash = '_';
  } else {
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_reason', 'user_denied');
    back.searchParams.set('error_description', 'Permissions error');
  }
  response.redirect(302, back.href);
}

/** A code opens once, for the app and the address that it was given to. */
export function spendCode(lab: Lab, login: Code['login'], given: { code?: string; client_id?: string; redirect_uri?: string }): Code {
  const code = lab.codes.get(given.code ?? '');
  if (!code || code.login !== login || code.until < lab.now())
    throw new GraphError(100, { subcode: 36009, message: 'This authorization code has been used.' });
  if (code.appId !== given.client_id || code.redirectUri !== given.redirect_uri)
    throw new GraphError(100, {
      subcode: 36008,
      message: 'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    });
  lab.codes.delete(code.code);
  return code;
}

const box = (name: string, value: string, text: string) =>
  `<label><input type="checkbox" name="${name}" value="${plain(value)}" checked> ${plain(text)}</label>`;
const plain = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
