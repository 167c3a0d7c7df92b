import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestProfile, quickPace, recordHooks, type TestProfile } from '#browser-profiles/testing/test-profile.ts';
import type { Anchor } from '#core/delivery.ts';
import type { LoadedPack } from '#core/script.ts';
import { connectPeer, type Peer } from '#lab/converse/peer.ts';
import { type Prosody, startProsody } from '#lab/converse/prosody.ts';
import { type ConverseSite, startConverse } from '#lab/converse/site.ts';
import { loadPack } from './load-packs.ts';
import { probeState } from './probe-state.ts';
import type { Outcome } from './run.ts';
import { type FlowRequest, runFlow } from './run-flow.ts';

let prosody: Prosody;
let site: ConverseSite;
let pack: LoadedPack;
let alice: TestProfile;

beforeAll(async () => {
  pack = await loadPack(join(import.meta.dirname, '../../scripts/converse'));
  prosody = await startProsody();
  site = await startConverse({ websocketUrl: prosody.websocketUrl });
  alice = await openTestProfile();
}, 60_000);
afterAll(async () => {
  await alice?.[Symbol.asyncDispose]();
  await site?.close();
  await prosody?.stop();
});

type Changes = Partial<FlowRequest> & Pick<FlowRequest, 'flow'>;
const run = (changes: Changes): Promise<Outcome> =>
  runFlow({
    page: alice.page,
    pack,
    input: {},
    hooks: recordHooks(),
    pace: quickPace(),
    signal: AbortSignal.timeout(90_000),
    baseUrl: site.url,
    ...changes,
  });
const bodies = async (peer: string) => (await prosody.archive('alice', peer)).map(({ body }) => body);
const peerOf = (user: string): Promise<Peer> => connectPeer({ websocketUrl: prosody.websocketUrl, user, password: `pw-${user}` });
const to = (user: string, text: string) => ({ to: `${user}@localhost`, name: '', text });

test('a wrong password is told as such, and the screen asks for the password', async () => {
  await expect(run({ flow: 'login.password', input: { username: 'alice', password: 'nope' } })).rejects.toMatchObject({ code: 'wrong_code' });
  expect(await probeState(alice.page, pack)).toMatchObject({ is: 'needs_password' });
});

test('the login ends ready, and a reopened browser is ready without another login', async () => {
  await run({ flow: 'login.password', input: { username: 'alice', password: 'pw-alice' } });
  expect(await probeState(alice.page, pack)).toMatchObject({ is: 'ready' });
  await alice.closeAndReopen();
  await run({ flow: 'check' });
  expect(await run({ flow: 'me' })).toMatchObject({ rows: { me: [{ identity: 'alice@localhost' }] } });
});

test('a send to somebody who is online is delivered, and only one message is in the archive', async () => {
  await using bob = await peerOf('bob');
  const hooks = recordHooks();
  const outcome = await run({ flow: 'send', input: to('bob', 'Hello *Bob* :)\nsecond line, https://example.test/?a=b'), hooks });
  const archived = await prosody.archive('alice', 'bob');
  expect(archived).toHaveLength(1);
  expect(outcome).toMatchObject({ is: 'sent', status: 'delivered', platformId: archived[0]?.id });
  expect(hooks.anchors).toHaveLength(1);
  expect(bob.jid).toContain('bob@localhost');
});

test('a send to somebody who is away is proven by the server’s archive', async () => {
  const outcome = await run({ flow: 'send', input: to('carol', 'Are you there?') });
  expect(outcome).toMatchObject({ is: 'sent', status: 'sent' });
  expect(await bodies('carol')).toEqual(['Are you there?']);
});

test('the same text a second time is proven by a message of its own', async () => {
  const first = await run({ flow: 'send', input: to('carol', 'Same words') });
  const second = await run({ flow: 'send', input: to('carol', 'Same words') });
  expect((await bodies('carol')).filter((body) => body === 'Same words')).toHaveLength(2);
  expect(first).toMatchObject({ is: 'sent' });
  expect(second).toMatchObject({ is: 'sent' });
  if (first.is === 'sent' && second.is === 'sent') expect(second.platformId).not.toBe(first.platformId);
});

test('a text that ends in a smiley, a colon word or a mention is sent by the one Enter', async () => {
  for (const text of ['Nice :)', 'See you :sm', 'Write to @bo', 'Half a :smile']) {
    expect(await run({ flow: 'send', input: to('bob', text) }), text).toMatchObject({ is: 'sent' });
  }
});

test('a text that the page would read as a command is not typed', async () => {
  await expect(run({ flow: 'send', input: to('bob', '/clear') })).rejects.toMatchObject({ code: 'send_refused' });
});

test('a dry run types, stops before the commit and leaves nothing behind', async () => {
  const hooks = recordHooks();
  expect(await run({ flow: 'send', input: to('dave', 'Never sent'), dryRun: true, hooks })).toEqual({ is: 'dry_run' });
  expect(hooks.anchors).toEqual([]);
  expect(await bodies('dave')).toEqual([]);
  expect(await alice.page.locator('converse-chat[jid="dave@localhost"] textarea.chat-textarea').inputValue()).toBe('');
});

test('a kill before the act is confirmed as absent, in an empty and in a used conversation', async () => {
  for (const peer of ['erin', 'carol']) {
    const { anchor, text } = await interruptAt('before the act', peer);
    await alice.killAndReopen();
    expect(await run({ flow: 'confirm', input: to(peer, text), anchor })).toEqual({ is: 'absent' });
    expect(await bodies(peer)).not.toContain(text);
  }
});

test('a kill between act and proof is confirmed as sent, once', async () => {
  const { anchor, text } = await interruptAt('after the act', 'carol');
  await expect.poll(async () => (await bodies('carol')).filter((body) => body === text).length, { timeout: 20_000 }).toBe(1);
  await alice.killAndReopen();
  expect(await run({ flow: 'confirm', input: to('carol', text), anchor })).toMatchObject({ is: 'sent' });
  expect((await bodies('carol')).filter((body) => body === text)).toHaveLength(1);
});

test('unread messages are counted without opening them, and reading brings every bubble', async () => {
  await using dave = await peerOf('dave');
  await dave.send('alice', 'First\nof Dave');
  const unread = async () => {
    const found = await run({ flow: 'unread' });
    return found.is === 'done' ? found.rows.unread : null;
  };
  // Seen: two at once into a conversation that is not there yet are counted as one by Converse.js.
  await expect.poll(unread, { timeout: 20_000 }).toMatchObject([{ count: '1' }]);
  await dave.send('alice', 'Second 🙂');
  await expect.poll(unread, { timeout: 20_000 }).toEqual([{ conversation: 'dave@localhost', name: 'Dave Davis', count: '2' }]);
  const read = await run({ flow: 'read', input: { to: 'dave@localhost', name: '' } });
  expect(read).toMatchObject({
    messages: [
      { direction: 'in', text: 'First\nof Dave', status: null, kind: 'text' },
      { direction: 'in', text: 'Second 🙂' },
    ],
  });
  const dialogs = await run({ flow: 'dialogs' });
  if (dialogs.is !== 'done') throw new Error('dialogs reads');
  expect(dialogs.rows.dialogs?.map((row) => row.conversation)).toEqual(expect.arrayContaining(['bob@localhost', 'dave@localhost']));
});

/** Runs a send up to the named moment and leaves it there, as a killed host would. */
async function interruptAt(moment: 'before the act' | 'after the act', peer: string): Promise<{ anchor: Anchor; text: string }> {
  const text = `Interrupted ${moment} for ${peer}`;
  const ending = new AbortController();
  const hooks = recordHooks(async () => {
    if (moment === 'before the act') ending.abort(new Error('killed'));
  });
  const report = hooks.step;
  hooks.step = async (step) => {
    await report(step);
    if (step.name === 'commit') ending.abort(new Error('killed'));
  };
  await expect(run({ flow: 'send', input: to(peer, text), hooks, signal: ending.signal })).rejects.toThrow();
  const [anchor] = hooks.anchors;
  if (!anchor) throw new Error('The commit was not reached');
  return { anchor, text };
}
