import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createLiveView, type LiveView } from '#browser-profiles/live-view.ts';
import { createTabs } from '#browser-profiles/tabs.ts';
import { type LoopbackSite, startLoopbackSite } from '#browser-profiles/testing/loopback-site.ts';
import { type OpenHost, openHost, specOf, until } from '#browser-profiles/testing/open-host.ts';
import { decodeFrame, type LiveFrame } from '#core/live-frame.ts';
import { startLiveSocket } from './live-socket.ts';

const signal = new AbortController().signal;
const secret = 'a-secret-of-this-boot';
const headers = { authorization: `Bearer ${secret}` };
let site: LoopbackSite;
let open: OpenHost;
let view: LiveView;
let door: Awaited<ReturnType<typeof startLiveSocket>>;

beforeEach(async () => {
  site = await startLoopbackSite();
  open = await openHost();
  const tabs = createTabs(open.host);
  view = createLiveView(open.host, tabs);
  const answer = async (request: { url?: string }, response: { end(text: string): unknown }) => {
    if (request.url !== '/own') return false;
    response.end('own');
    return true;
  };
  door = await startLiveSocket({ liveView: view, tabs, secret, address: null, answer, log: { warn: () => undefined } });
});
afterEach(async () => {
  await door.close();
  view.close();
  await open.close();
  await site.close();
});

test('frames arrive as JPEGs with their header, and of a live view its tabs, while somebody is connected, and none are made afterwards', async () => {
  const spec = specOf('a', site.url);
  await open.host.start(spec, signal);
  const frames: LiveFrame[] = [];
  const told: string[] = [];
  const looker = new WebSocket(`${door.url.replace('http', 'ws')}/live?profile=a&kind=live`, { headers });
  looker.on('message', (bytes: Buffer, isBinary) => void (isBinary || told.push(String(bytes))));
  await until(() => told.length > 0);
  expect(JSON.parse(told[0] ?? '')).toMatchObject({ tabs: [{ isOwn: true, isShown: true, site: new URL(site.url).host }], dialog: null });
  looker.terminate();
  const viewer = new WebSocket(`${door.url.replace('http', 'ws')}/live?profile=a&kind=thumb`, { headers });
  viewer.on('message', (bytes: Buffer) => {
    const frame = decodeFrame(bytes);
    if (frame) frames.push(frame);
  });
  await until(() => frames.length > 0);
  expect(frames[0]).toMatchObject({ kind: 'thumb', width: 1280, height: 800 });
  expect([...(frames[0]?.jpeg.subarray(0, 3) ?? [])]).toEqual([0xff, 0xd8, 0xff]);
  const before = frames.length;
  await open.host.use(spec, (page) => page.evaluate(`document.body.style.background = 'red'`), signal);
  await until(() => frames.length > before);
  viewer.terminate();
  // The worker hears of the end a moment later; from then on changes make no frames.
  let colour = 0;
  await until(async () => {
    const made = view.framesCaptured();
    colour += 1;
    await open.host.use(spec, (page) => page.evaluate(change(colour)), signal);
    return view.framesCaptured() === made;
  });
});

const change = (colour: number) => `document.body.style.background = 'rgb(${colour}, 9, 9)';
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`;

test('a screenshot is a PNG, a thumbnail a JPEG, and a closed profile says so', async () => {
  const closed = await fetch(`${door.url}/screenshot/a`, { headers });
  expect(closed.status).toBe(409);
  expect(await closed.json()).toMatchObject({ error: { code: 'not_ready' } });
  await open.host.start(specOf('a', site.url), signal);
  const screenshot = await fetch(`${door.url}/screenshot/a`, { headers });
  expect(screenshot.headers.get('content-type')).toBe('image/png');
  expect(
    Buffer.from(await screenshot.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  const thumbnail = await fetch(`${door.url}/thumbnail/a`, { headers });
  expect(thumbnail.headers.get('content-type')).toBe('image/jpeg');
});

test('without the secret nothing is answered, not even what exists', async () => {
  for (const wrong of [{ authorization: '' }, { authorization: 'Bearer wrong' }, { authorization: secret }]) {
    expect((await fetch(`${door.url}/own`, { headers: wrong })).status).toBe(401);
    const viewer = new WebSocket(`${door.url.replace('http', 'ws')}/live?profile=a&kind=thumb`, { headers: wrong });
    const [error] = await once(viewer, 'error');
    expect(String(error)).toContain('401');
  }
  expect(await (await fetch(`${door.url}/own`, { headers })).text()).toBe('own');
  expect((await fetch(`${door.url}/other`, { headers })).status).toBe(404);
  expect((await fetch(`${door.url}/screenshot/..%2f..%2fetc`, { headers })).status).toBe(404);
});

test('an address that cannot be read is refused, and the door stays open', async () => {
  const refusal = async (path: string) => {
    const { hostname, port } = new URL(door.url);
    const line = connect(Number(port), hostname);
    line.write(
      `GET ${path} HTTP/1.1\r\nhost: worker\r\nauthorization: ${headers.authorization}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    const [answer] = await once(line, 'data');
    line.destroy();
    return String(answer).split('\r\n')[0];
  };
  expect(await refusal('//')).toBe('HTTP/1.1 400 Bad Request');
  expect(await refusal('/unknown')).toBe('HTTP/1.1 404 Not Found');
  expect((await fetch(`${door.url}/frames`, { headers })).status).toBe(200);
});
