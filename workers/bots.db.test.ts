import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGuardedRequest } from '#channels/guarded-request.ts';
import { isSignedHook } from '#channels/hook-signature.ts';
import { readRange } from '#core/public-address.ts';
import { addBot } from '#sql/bots.ts';
import { createBotWork } from './bots.ts';
import { openLaneGround } from './testing/open-lanes.ts';
import { openTalk, packs } from './testing/open-talk.ts';

let ground: Awaited<ReturnType<typeof openLaneGround>>;
/** What the stand-in was asked, and what it says next. */
const asked: { path: string; headers: Record<string, string>; body: string }[] = [];
let says: { status: number; body: object } = { status: 200, body: {} };
const standIn = createServer(async (request, response) => {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  asked.push({ path: request.url ?? '', headers, body: await textOf(request) });
  await meanwhile();
  response.writeHead(says.status, { 'content-type': 'application/json' }).end(JSON.stringify(says.body));
});
/** What happens while a bot thinks. */
let meanwhile: () => Promise<unknown> = async () => undefined;
let url = '';
beforeAll(async () => {
  ground = await openLaneGround();
  standIn.listen(0, '127.0.0.1');
  await once(standIn, 'listening');
  url = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}`; // A TCP server has an AddressInfo.
});
afterAll(async () => {
  standIn.closeAllConnections();
  standIn.close();
  await ground[Symbol.asyncDispose]();
});
beforeEach(() => {
  asked.length = 0;
  meanwhile = async () => undefined;
});

const secret = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0';
const loopback = [readRange('127.0.0.0/8')].filter((one) => one !== null);

async function openBotTalk(kind: 'http' | 'openai', { admitted = loopback, rules = [] as Parameters<typeof openTalk>[1][] } = {}) {
  const talk = await openTalk(ground, ...rules);
  const settings = kind === 'http' ? { url: `${url}/answer` } : { url: `${url}/v1/`, model: 'small', system: 'You sell bread.' };
  const limits = { answersPerHour: 60, answersPerTalk: 5, talkMinutes: 10, notice: '', channels: [], accountIds: [] };
  await talk.inside((trx) =>
    addBot(trx, talk.workspaceId, {
      name: 'Helper',
      kind,
      isOn: true,
      ...limits,
      settings,
      sealedSecret: ground.sealer.seal(kind === 'http' ? secret : 'a key'),
    }),
  );
  let late = 0;
  const clock = { now: () => new Date(Date.now() + late), settle: async () => undefined };
  const { db } = ground.base;
  const work = createBotWork({
    db,
    clock,
    queue: ground.queue,
    sealer: ground.sealer,
    packs,
    ask: createGuardedRequest(admitted),
    tell: () => undefined,
    log: { warn: () => undefined },
  });
  return {
    ...talk,
    async ask() {
      await talk.work();
      await work.look(AbortSignal.timeout(30_000));
      await work.settled();
    },
    later: (ms: number) => {
      late += ms;
    },
  };
}

test('an HTTP bot is asked under its signature, and its answer is said once', async () => {
  const talk = await openBotTalk('http');
  says = { status: 200, body: { answer: 'Five euros.' } };
  await talk.hear('Hi there, good morning');
  await talk.ask();
  await talk.hear('How much is a loaf of bread?');
  await talk.ask();
  await talk.ask();
  expect(await talk.said()).toEqual(['Five euros.', 'Five euros.']);
  expect(asked).toHaveLength(2);
  const headers: Record<string, string> = asked[1]?.headers ?? {};
  const body = asked[1]?.body ?? '';
  expect(isSignedHook(secret, { header: (name) => headers[name] ?? '', body, now: new Date() })).toBe(true);
  expect(JSON.parse(body)).toMatchObject({
    type: 'bot.question',
    text: 'How much is a loaf of bread?',
    language: 'en',
    intents: ['price', 'question'],
    contact: { name: 'Anna Example' },
    history: [{ from: 'them', text: 'Hi there, good morning' }],
  });
  expect((await talk.turns()).at(-1)).toMatchObject({ outcome: 'answered', why: 'no_rule message; did answer' });
});

test('what a rule has answered is asked of no bot; a bot hands over, and is silent from then on', async () => {
  const talk = await openBotTalk('http', { rules: [[[{ do: 'answer', text: 'Hello.' }], [{ of: 'intent', in: ['greeting'] }]]] });
  await talk.hear('hello');
  await talk.ask();
  expect(asked).toEqual([]);
  says = { status: 200, body: { handOver: true } };
  await talk.hear('I want to complain');
  await talk.ask();
  expect((await talk.turns()).at(-1)?.outcome).toBe('handed_over');
  await talk.hear('Are you there?');
  await talk.ask();
  expect(asked).toHaveLength(1);
  expect((await talk.turns()).at(-1)).toMatchObject({ outcome: 'silent', why: expect.stringContaining('silent handed_over') });
});

test('a bot that fails is asked again and then given up; one that a worker died over is asked again under the same id', async () => {
  const talk = await openBotTalk('http');
  says = { status: 500, body: {} };
  await talk.hear('Is there bread?');
  for (let time = 0; time < 4; time += 1) {
    await talk.ask();
    talk.later(60_000);
  }
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map((one) => one.headers['webhook-id'])).size).toBe(1);
  expect((await talk.turns()).at(-1)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('The bot answered 500') });
  says = { status: 200, body: { answer: 'Yes.' } };
  await talk.hear('Is there cake?');
  await talk.work();
  // As a worker leaves it that died while the bot was thinking.
  await talk.inside((trx) => sql`update bot_turns set attempts = 1, due_at = now() + interval '10 minutes' where state = 'asking'`.execute(trx));
  await talk.ask();
  expect(await talk.said()).toEqual([]);
  talk.later(600_000);
  await talk.ask();
  expect(await talk.said()).toEqual(['Yes.']);
});

test('a bot whose secret cannot be opened is put off and given up, and stands before no other', async () => {
  const talk = await openBotTalk('http');
  await talk.inside((trx) => sql`update bots set sealed_secret = 'sealed with another key' where kind = 'http'`.execute(trx));
  await talk.hear('Is there bread?');
  for (let time = 0; time < 6; time += 1) {
    await talk.ask();
    talk.later(600_000);
  }
  expect(asked).toEqual([]);
  expect((await talk.turns()).at(-1)?.outcome).toBe('failed');
});

test('a bot that is switched off while it thinks says nothing any more', async () => {
  const talk = await openBotTalk('http');
  says = { status: 200, body: { answer: 'Yes.' } };
  meanwhile = () => talk.inside((trx) => trx.updateTable('bots').set({ is_on: false }).where('kind', '=', 'http').execute());
  await talk.hear('Is there bread?');
  await talk.ask();
  expect(asked).toHaveLength(1);
  expect(await talk.said()).toEqual([]);
  expect((await talk.turns()).at(-1)).toMatchObject({ outcome: 'silent', why: expect.stringContaining('bot_off') });
});

test('an endpoint of OpenAI’s kind gets the talk so far with its key, and may say that a person is wanted', async () => {
  const talk = await openBotTalk('openai');
  const says1 = (content: string) => ({ status: 200, body: { choices: [{ message: { role: 'assistant', content } }] } });
  says = says1('Das Brot kostet 5 Euro.');
  await talk.hear('Was kostet das Brot?');
  await talk.ask();
  says = says1('HAND OVER');
  await talk.hear('Ich möchte mit einem Menschen sprechen');
  await talk.ask();
  expect(await talk.said()).toEqual(['Das Brot kostet 5 Euro.']);
  expect((await talk.turns()).map((turn) => turn.outcome)).toEqual(['answered', 'handed_over']);
  expect(asked[1]).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer a key' } });
  const { model, messages } = JSON.parse(asked[1]?.body ?? '{}');
  expect(model).toBe('small');
  expect(messages.map((one: { role: string }) => one.role)).toEqual(['system', 'user', 'user']);
  expect(messages[0].content).toContain('You sell bread.');
});

test('an address inside is not asked unless it is admitted', async () => {
  const talk = await openBotTalk('http', { admitted: [] });
  await talk.hear('Is there bread?');
  for (let time = 0; time < 3; time += 1) {
    await talk.ask();
    talk.later(60_000);
  }
  expect(asked).toEqual([]);
  expect((await talk.turns()).at(-1)?.outcome).toBe('failed');
});
