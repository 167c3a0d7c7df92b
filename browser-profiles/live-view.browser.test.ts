import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveFrame } from '#core/live-frame.ts';
import { createLiveView, type LiveView } from './live-view.ts';
import type { ProfileSpec } from './profile-spec.ts';
import { createTabs } from './tabs.ts';
import { type LoopbackSite, startLoopbackSite } from './testing/loopback-site.ts';
import { type OpenHost, openHost, specOf, until } from './testing/open-host.ts';

const signal = new AbortController().signal;
let site: LoopbackSite;
let open: OpenHost;
let view: LiveView;
let spec: ProfileSpec;

beforeEach(async () => {
  site = await startLoopbackSite();
  open = await openHost();
  view = createLiveView(open.host, createTabs(open.host));
  spec = specOf('a', site.url);
});
afterEach(async () => {
  view.close();
  await open.close();
  await site.close();
});

test('without viewers no frame is made, and leaving ends the last one', async () => {
  await open.host.start(spec, signal);
  await animate();
  expect(view.framesCaptured()).toBe(0);
  const viewer = watch('thumb');
  await until(() => viewer.frames.length >= 2);
  viewer.leave();
  const made = view.framesCaptured();
  await colour('rgb(1,2,3)');
  await paint();
  expect(view.framesCaptured()).toBe(made);
});

test('viewers of one profile share one producer, and a newcomer sees the last frame at once', async () => {
  await open.host.start(spec, signal);
  const first = watch('thumb');
  await until(() => first.frames.length > 0);
  await colour('rgb(0,0,255)');
  await until(async () => isBlue(await pixel(first.frames.at(-1))));
  const made = view.framesCaptured();
  const second = watch('thumb');
  expect(second.frames).toEqual([first.frames.at(-1)]);
  expect(view.framesCaptured()).toBe(made);
  first.leave();
  await colour('rgb(255,0,0)');
  await until(async () => isRed(await pixel(second.frames.at(-1))));
});

for (const kind of ['thumb', 'live'] as const) {
  test(`${kind}: after many fast changes the last state of the page is what the viewer sees in the end`, async () => {
    await open.host.start(spec, signal);
    const viewer = watch(kind);
    await until(() => viewer.frames.length > 0);
    await open.host.use(
      spec,
      (page) =>
        page.evaluate(`(async () => { for (let i = 0; i < 40; i += 1) {
      document.body.style.background = 'rgb(0,0,' + i * 5 + ')'; await new Promise(requestAnimationFrame) }
      document.body.style.background = 'rgb(255,0,0)' })()`),
      signal,
    );
    await until(async () => isRed(await pixel(viewer.frames.at(-1))));
    expect(viewer.frames.at(-1)).toMatchObject({ kind, width: 1280, height: 800 });
    if (kind === 'thumb') expect(viewer.frames.length).toBeLessThan(20);
  });
}

test('a slow viewer gets the newest frame when it is ready again, and slows nobody down', async () => {
  await open.host.start(spec, signal);
  const quick = watch('live');
  const gate = Promise.withResolvers<void>();
  const slow: LiveFrame[] = [];
  const leaving = new AbortController();
  view.watch(
    'a',
    { kind: 'live' },
    (frame) => {
      slow.push(frame);
      return slow.length === 1 ? gate.promise : undefined;
    },
    leaving.signal,
  );
  await animate();
  await until(() => quick.frames.length >= 8);
  expect(slow.length).toBe(1);
  const newest = quick.frames.at(-1);
  gate.resolve();
  await until(() => slow.length >= 2);
  expect(slow[1]?.at).toBeGreaterThanOrEqual(newest?.at ?? Number.POSITIVE_INFINITY);
  leaving.abort();
});

test('a viewer of a closed profile sees nothing until it opens, and goes on when it opens again', async () => {
  const viewer = watch('thumb');
  await expect(view.thumbnail('a')).rejects.toMatchObject({ code: 'not_ready' });
  await open.host.start(spec, signal);
  await until(() => viewer.frames.length > 0);
  await open.host.stop('a');
  const seen = viewer.frames.length;
  const late = watch('thumb');
  expect(late.frames).toEqual([]);
  await open.host.start(spec, signal);
  await until(() => viewer.frames.length > seen && late.frames.length > 0);
});

test('a thumbnail is a small JPEG that callers of one second share; a screenshot is a PNG', async () => {
  await open.host.start(spec, signal);
  const [one, two] = await Promise.all([view.thumbnail('a'), view.thumbnail('a')]);
  expect(one).toBe(two);
  expect([...one.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  const png = await view.screenshot('a');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(view.framesCaptured()).toBe(0);
});

function watch(kind: 'thumb' | 'live'): { frames: LiveFrame[]; leave(): void } {
  const frames: LiveFrame[] = [];
  const leaving = new AbortController();
  view.watch('a', { kind }, (frame) => void frames.push(frame), leaving.signal);
  return { frames, leave: () => leaving.abort() };
}

function animate(): Promise<unknown> {
  return open.host.use(
    spec,
    (page) => page.evaluate(`setInterval(() => { document.getElementById('text').textContent = performance.now() }, 16)`),
    signal,
  );
}

function colour(value: string): Promise<unknown> {
  return open.host.use(spec, (page) => page.evaluate(`document.body.style.background = '${value}'`), signal);
}

/** Two painted frames: what was going to be captured has been. */
function paint(): Promise<unknown> {
  return open.host.use(spec, (page) => page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'), signal);
}

/** The colour near the lower right corner, read by a page beside the profile's own. */
function pixel(frame: LiveFrame | undefined): Promise<number[]> {
  const source = `data:image/jpeg;base64,${Buffer.from(frame?.jpeg ?? []).toString('base64')}`;
  return open.host.use(
    spec,
    async (page) => {
      const reader = await page.context().newPage();
      const found = await reader.evaluate(`(async () => { const image = new Image(); image.src = '${source}'; await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d'); canvas.drawImage(image, 0, 0);
      return [...canvas.getImageData(image.width - 30, image.height - 15, 1, 1).data] })()`);
      await reader.close();
      return Array.isArray(found) ? found : [];
    },
    signal,
  );
}

const isRed = ([red = 0, , blue = 255]: number[]) => red > 240 && blue < 20;
const isBlue = ([red = 255, , blue = 0]: number[]) => blue > 240 && red < 20;
