import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testBrowser } from '#browser-profiles/testing/test-browser.ts';
import { connectPeer, type Peer, type PeerMessage } from '#lab/converse/peer.ts';
import { type Prosody, startProsody } from '#lab/converse/prosody.ts';
import { type ConverseSite, startConverse } from '#lab/converse/site.ts';

let prosody: Prosody;
let site: ConverseSite;
beforeAll(async () => {
  prosody = await startProsody();
  site = await startConverse({ websocketUrl: prosody.websocketUrl });
}, 30_000);
afterAll(async () => {
  await site?.close();
  await prosody?.stop();
});

const connect = (user: string): Promise<Peer> => connectPeer({ websocketUrl: prosody.websocketUrl, user, password: `pw-${user}` });

function nextMessage(peer: Peer): Promise<PeerMessage> {
  return new Promise((resolve) => peer.onMessage(resolve));
}

test('two people exchange messages and the server’s archive lists them in order', async () => {
  await using alice = await connect('alice');
  await using bob = await connect('bob');
  const atBob = nextMessage(bob);
  const atAlice = nextMessage(alice);
  const first = await alice.send('bob', 'Hi <Bob> & "co" ä 😀\nsecond line');
  expect(await atBob).toEqual({ id: first, from: 'alice', text: 'Hi <Bob> & "co" ä 😀\nsecond line' });
  const second = await bob.send('alice', 'Hi Alice');
  expect(await atAlice).toEqual({ id: second, from: 'bob', text: 'Hi Alice' });
  const archived = await prosody.archive('alice', 'bob');
  expect(archived.map(({ id, body }) => [id, body])).toEqual([
    [first, 'Hi <Bob> & "co" ä 😀\nsecond line'],
    [second, 'Hi Alice'],
  ]);
  expect(await prosody.archive('alice', 'carol')).toEqual([]);
});

test('a message to somebody who is away is archived at once and delivered on return', async () => {
  await using carol = await connect('carol');
  const id = await carol.send('dave', 'Are you there?');
  expect((await prosody.archive('dave', 'carol')).map((message) => message.id)).toEqual([id]);
  await using dave = await connect('dave');
  expect(await nextMessage(dave)).toEqual({ id, from: 'carol', text: 'Are you there?' });
});

test('a wrong password is told as such', async () => {
  await expect(connectPeer({ websocketUrl: prosody.websocketUrl, user: 'erin', password: 'nope' })).rejects.toMatchObject({ code: 'wrong_sign_in' });
});

test('Prosody ends with the process that started it, also when that one is killed', async () => {
  const script = "import { startProsody } from '#lab/converse/prosody.ts'; console.log((await startProsody({ dir: process.argv[1] })).boshUrl);";
  const dir = await mkdtemp(join(tmpdir(), 'prosody test '));
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = await once(createInterface({ input: starter.stdout }), 'line');
  const answers = (): Promise<boolean> =>
    fetch(url)
      .then(() => true)
      .catch(() => false);
  expect(await answers()).toBe(true);
  starter.kill('SIGKILL');
  await expect.poll(answers, { timeout: 10_000 }).toBe(false);
  await rm(dir, { recursive: true });
}, 30_000);

test('the Converse.js page signs in, shows a message, answers it, and asks nobody but us', async () => {
  await using erin = await connect('erin');
  const browser = await chromium.launch(testBrowser());
  const outside: string[] = [];
  const blocked = new Set<string>();
  try {
    const page = await browser.newPage();
    page.on('response', (response) => {
      if (/^https?:\/\/(?!127\.0\.0\.1:)/.test(response.url())) outside.push(response.url());
    });
    page.on('requestfailed', (request) => blocked.add(`${new URL(request.url()).hostname} ${request.failure()?.errorText}`));
    await page.goto(site.url);
    await page.locator('form#converse-login input[name=jid]').fill('carol');
    await page.locator('form#converse-login input[name=password]').fill('pw-carol');
    await page.locator('form#converse-login button[type=submit]').click();
    await page.locator('converse-roster a.open-chat[data-jid="erin@localhost"]').first().click();
    await erin.send('carol', 'Hello from Erin');
    const chat = page.locator('converse-chat[jid="erin@localhost"]');
    await chat.locator('.chat-msg__text', { hasText: 'Hello from Erin' }).waitFor();
    const reply = nextMessage(erin);
    await chat.locator('textarea.chat-textarea').fill('Hello from Carol');
    await chat.locator('textarea.chat-textarea').press('Enter');
    expect(await reply).toMatchObject({ from: 'carol', text: 'Hello from Carol' });
    await chat.locator('.chat-msg:has(.chat-msg__content--me) .chat-msg__receipt').waitFor();
    expect(await prosody.archive('carol', 'erin')).toHaveLength(2);
  } finally {
    await browser.close();
  }
  expect(outside).toEqual([]);
  // Its login page asks for sponsors' logos; that our policy stops them is what keeps the list above empty.
  expect([...blocked]).toEqual(['conversejs.org csp']);
}, 60_000);
