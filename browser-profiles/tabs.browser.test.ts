import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveFrame } from '#core/live-frame.ts';
import { noTabs, type PageTabs } from '#core/tabs.ts';
import { createLiveView, type LiveView } from './live-view.ts';
import { createInputLine, type InputLine } from './page-input.ts';
import type { ProfileSpec } from './profile-spec.ts';
import { createTabs, type Tabs } from './tabs.ts';
import { type LoopbackSite, startLoopbackSite } from './testing/loopback-site.ts';
import { type OpenHost, openHost, specOf, until } from './testing/open-host.ts';

const signal = new AbortController().signal;
let site: LoopbackSite;
let open: OpenHost;
let tabs: Tabs;
let view: LiveView;
let spec: ProfileSpec;
let told: PageTabs = noTabs;
let frame: LiveFrame | null = null;

beforeAll(async () => {
  site = await startLoopbackSite();
  open = await openHost();
  tabs = createTabs(open.host);
  view = createLiveView(open.host, tabs);
  spec = specOf('a', site.url);
  const hear = (now: PageTabs) => {
    told = now;
  };
  const see = (next: LiveFrame) => {
    frame = next;
  };
  tabs.watch('a', hear, signal);
  view.watch('a', { kind: 'live' }, see, signal);
  await open.host.start(spec, signal);
});
afterAll(async () => {
  view.close();
  tabs.close();
  await open.close();
  await site.close();
});

const own = () => open.host.pageOf('a');
const shown = () => told.tabs.find((tab) => tab.isShown);
function sitDown(): { leave: () => Promise<void>; line: InputLine } {
  const strip = tabs.stripOf('a');
  if (!strip) throw new Error('The browser is closed');
  return { leave: strip.attend(), line: createInputLine(strip, () => true) };
}
const click = (line: InputLine) =>
  line.take([
    { act: 'press', x: 100, y: 50, button: 'left', clicks: 1 },
    { act: 'release', x: 100, y: 50, button: 'left', clicks: 1 },
  ]);
/** A page whose one large button does `does`. */
const offer = (does: string) =>
  own()?.evaluate((code) => {
    document.body.innerHTML = '<button style="position:fixed;left:0;top:0;width:400px;height:200px">Do</button>';
    Object.assign(document.querySelector('button') ?? {}, { onclick: () => Object.assign(window, { said: new Function(code)() }) });
  }, does);
const said = () => own()?.evaluate('window.said');

test('the messenger’s tab is shown until a person opens another; they switch, type there, and close all but the first', async () => {
  await until(() => told.tabs.length === 1 && shown()?.title === 'Loopback');
  expect(shown()).toMatchObject({ isOwn: true, site: new URL(site.url).host });
  await own()?.evaluate(`void window.open('/')`);
  await until(() => told.tabs.length === 2);
  expect(shown()?.isOwn).toBe(true);

  const { leave, line } = sitDown();
  await offer(`window.open('/blue')`);
  click(line);
  await until(() => shown()?.title === 'Blue');
  await until(async () => isBlue(await pixel()));
  click(line);
  line.take([{ act: 'insert', text: 'in the popup' }]);
  const popup = tabs.shownPageOf('a');
  await until(async () => (await popup?.evaluate(`document.querySelector('#in').value`)) === 'in the popup');

  const [first, second, blue] = told.tabs.map((tab) => tab.id);
  line.take([{ act: 'show_tab', tab: first ?? 0 }]);
  await until(() => shown()?.isOwn === true);
  await until(async () => !isBlue(await pixel()));
  line.take([{ act: 'show_tab', tab: blue ?? 0 }]);
  await until(() => shown()?.id === blue);
  line.take([first, second, blue].map((tab) => ({ act: 'close_tab', tab: tab ?? 0 })));
  await until(() => told.tabs.length === 1);
  expect(shown()).toMatchObject({ id: first, isOwn: true });
  expect(open.host.isLive('a')).toBe(true);
  await leave();
});

test('a question waits for whoever controls the page, and is turned down where nobody does', async () => {
  await offer(`return prompt('Your name?', 'Ann')`);
  const { leave, line } = sitDown();
  click(line);
  await until(() => told.dialog !== null);
  expect(told.dialog).toMatchObject({ kind: 'prompt', text: 'Your name?', usual: 'Ann' });
  line.take([{ act: 'answer', dialog: (told.dialog?.id ?? 0) + 1, accept: true, text: 'not asked' }]);
  line.take([{ act: 'answer', dialog: told.dialog?.id ?? 0, accept: true, text: 'Bob' }]);
  await until(async () => (await said()) === 'Bob');
  expect(told.dialog).toBe(null);

  click(line);
  await until(() => told.dialog !== null);
  await leave();
  await line.release();
  expect(told).toMatchObject({ dialog: null, notice: { is: 'dialog_dismissed', text: 'Your name?' } });
  expect(await own()?.evaluate(`confirm('Leave the group?')`)).toBe(false);
  expect(told.notice).toMatchObject({ is: 'dialog_dismissed', text: 'Leave the group?' });
});

test('a file that the page asks for, and one that it gives, are told', async () => {
  const { leave, line } = sitDown();
  await offer(`const field = document.createElement('input'); field.type = 'file'; field.click()`);
  click(line);
  await until(() => told.notice?.is === 'file_asked');
  await offer(`const link = document.createElement('a'); link.href = 'data:text/plain,hello'; link.download = 'prices.txt'; link.click()`);
  click(line);
  await until(() => told.notice?.is === 'download');
  expect(told.notice).toMatchObject({ name: 'prices.txt' });
  await leave();
});

test('a closed browser has no tabs, and shows its own page again when it opens', async () => {
  await open.host.stop('a');
  expect(told).toEqual(noTabs);
  expect(tabs.stripOf('a')).toBe(null);
  await open.host.start(spec, signal);
  await until(() => told.tabs.length === 1 && shown()?.title === 'Loopback');
});

/** The colour near the lower right corner of the last frame, read by the messenger's own page. */
async function pixel(): Promise<number[]> {
  const source = `data:image/jpeg;base64,${Buffer.from(frame?.jpeg ?? []).toString('base64')}`;
  const found = await own()?.evaluate(`(async () => { const image = new Image(); image.src = '${source}'; await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d'); canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(image.width - 30, image.height - 15, 1, 1).data] })()`);
  return Array.isArray(found) ? found : [];
}
const isBlue = ([red = 255, , blue = 0]: number[]) => blue > 240 && red < 20;
