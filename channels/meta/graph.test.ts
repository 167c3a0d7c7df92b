import { createServer } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { asFailure, type Failure } from '#core/failure.ts';
import { startGraphLab } from '#lab/graph/site.ts';
import { addToken, resetLab } from '#lab/graph/store.ts';
import { askGraph, type GraphAsk, type GraphPlace } from './graph.ts';

const site = await startGraphLab();
const { lab } = site;
afterAll(() => site.close());

const version = 'v25.0';
const appSecret = lab.settings.appSecret;
let place: GraphPlace;
beforeEach(() => {
  resetLab(lab);
  lab.businesses.set('9', { id: '9', portfolioId: '7', name: 'Shop', peoplePerDay: null });
  lab.numbers.set('1', { id: '1', businessId: '9', display: '+1 555 010 0000', name: 'Shop', perSecond: 80 });
  lab.templates.set('5', {
    id: '5',
    businessId: '9',
    name: 'hello',
    language: 'en_US',
    category: 'UTILITY',
    status: 'APPROVED',
    rejectedReason: null,
    components: [{ type: 'BODY', text: 'Hello' }],
  });
  place = { host: site.url, version, token: addToken(lab, { kind: 'system', of: ['1', '9'] }).token, appSecret };
});

const ask = (given: GraphAsk, at: GraphPlace = place, ms = 5000) => askGraph(at, given, AbortSignal.timeout(ms));
const fails = async (given: GraphAsk, at: GraphPlace = place): Promise<Failure> =>
  asFailure(
    await ask(given, at).then(
      () => new Error('it went through'),
      (error: unknown) => error,
    ),
  );
const hello: GraphAsk = {
  method: 'POST',
  path: '1/messages',
  json: {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '+15550001',
    type: 'template',
    template: { name: 'hello', language: { policy: 'deterministic', code: 'en_US' } },
  },
};

test('a call carries the version, the token and the proof that goes with it', async () => {
  lab.settings.needsProof = true;
  expect(await ask({ path: '1', query: { fields: 'id', unused: undefined } })).toMatchObject({ id: '1', verified_name: 'Shop' });
  expect((await fails({ path: '1' }, { ...place, appSecret: 'another' })).message).toContain('appsecret_proof');
  expect((await fails({ path: '1' }, { ...place, version: 'v18.0' })).message).toContain('deprecated');
});

test('what Meta answers becomes what follows from it; a token is never repeated', async () => {
  expect(await ask(hello)).toMatchObject({ messages: [{ id: expect.stringMatching(/^wamid\./) }] });
  lab.faults.push({ how: 'instead', code: 80007, subcode: null, httpStatus: null, times: 1, to: null, regainMinutes: 7 });
  const busy = await fails(hello);
  expect([busy.code, busy.platform]).toEqual(['platform_busy', { code: 80007, subcode: null, status: 400 }]);
  expect(Math.round(((busy.retryAt?.getTime() ?? 0) - Date.now()) / 60_000)).toBe(7);
  const stranger = await fails(hello, { ...place, token: 'EAAsecret-token' });
  expect(stranger.code).toBe('platform_sign_in');
  expect(stranger.message).toContain('Malformed access token …');
  expect(stranger.message).not.toContain('EAAsecret-token');
});

test('a secret that stands in the address of a log-in is not repeated either', async () => {
  const asked = { path: 'refresh_access_token', query: { grant_type: 'ig_refresh_token', access_token: 'IGsecret-token' } };
  const refused = await fails(asked, { ...place, token: null, appSecret: null });
  expect(refused.message).toContain('Malformed access token …');
  expect(refused.message).not.toContain('IGsecret-token');
});

test('only what surely was not done says so', async () => {
  for (const how of ['cut', 'after'] as const) {
    lab.faults.push({ how, code: 131000, subcode: null, httpStatus: null, times: 1, to: null, regainMinutes: 0 });
    expect((await fails(hello)).code).toBe('not_proven');
  }
  expect(lab.messages.size).toBe(2);
  const closed = createServer();
  await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
  const address = closed.address();
  await new Promise((ended) => closed.close(ended));
  const nobody = { ...place, host: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 1}` };
  expect((await fails(hello, nobody)).code).toBe('platform_unreachable');
});

test('an answer that does not come in time proves nothing', async () => {
  lab.settings.latencyMs = 300;
  expect((await fails({ ...hello, ms: 50 })).code).toBe('not_proven');
  expect((await fails({ path: '1', ms: 50 })).code).toBe('platform_unreachable');
});
