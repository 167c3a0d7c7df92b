import { expect, type Page, test } from '@playwright/test';
import { type Desk, fillScreens, onWeb, startDesk } from '#e2e/desk-of-a-shop.ts';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';

test.describe.configure({ mode: 'serial' });

let desk: Desk;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  desk = await startDesk();
  page = await signedInPage(browser, desk.product.url, { ...desk.owner, complaints });
});
test.afterAll(async () => {
  await page?.context().close();
  await desk?.[Symbol.asyncDispose]();
});

/** Every address that the dashboard itself knows, redirects aside: Vue leaves the app at its element. */
const routesOf = (on: Page) =>
  on.evaluate(() => {
    type Router = { getRoutes: () => { path: string; redirect?: unknown }[] };
    const root = document.querySelector('#app') as Element & { __vue_app__: { config: { globalProperties: { $router: Router } } } };
    return root.__vue_app__.config.globalProperties.$router.getRoutes().flatMap(({ path, redirect }) => (redirect === undefined ? [path] : []));
  });

/** Each screen once light and wide, and once dark and narrow: what differs between themes alone, `theme.test.ts` holds for each colour. */
test('no screen has a fault that axe finds: light and wide, dark and narrow', async () => {
  test.setTimeout(600_000);
  await desk.client.addSlaPolicy({ body: { name: 'Shop', firstMinutes: 60, isUsual: true } });
  desk.hear.onCloud('491511000001', 'Ann', 'Where is my parcel?');
  const ids = await fillScreens(desk);
  await desk.client.sendFromProfile({ params: { id: desk.profileId }, body: { to: `+${onWeb}`, text: 'We are open until 20:00' } });
  const runs = () => desk.client.listRuns({ params: { id: desk.profileId }, query: { limit: 1 } }).then(({ rows }) => rows[0]?.id);
  await expect.poll(runs, { timeout: 60_000 }).toBeDefined();
  const newest = () => desk.client.listConversations({ query: {} }).then(({ rows }) => rows[0]?.id);
  await expect.poll(newest, { timeout: 60_000 }).toBeDefined();
  const [somebody] = (await desk.client.listContacts({ query: { search: 'Eva' } })).rows;
  const person = `/contacts/people?contact=${somebody?.id}`;
  const spots: Record<string, string[]> = {
    '/sign-in': ['/sign-in'],
    '/register': ['/register'],
    '/scan': ['/scan'],
    '/home': ['/home'],
    '/wall': ['/wall', `/wall?profile=${desk.profileId}`],
    '/profiles/:id/live': [`/profiles/${desk.profileId}/live`],
    '/runs/:id': [`/runs/${await runs()}`],
    '/inbox/:id?': ['/inbox', `/inbox/${await newest()}`],
    '/campaigns': ['/campaigns'],
    '/campaigns/:id': [`/campaigns/${ids.campaign}`, `/campaigns/${ids.draft}?step=review`],
    '/contacts': ['/contacts'],
    '/contacts/rules': ['/contacts/rules'],
    '/contacts/people': [person, `${person}&segment=new&part=consent`, `${person}&part=same`],
    '/contacts/alike': ['/contacts/alike'],
    '/contacts/erased': ['/contacts/erased'],
    '/contacts/:id': [`/contacts/${ids.list}`],
    '/contacts/:id/imports/:importId': [`/contacts/${ids.list}/imports/${ids.import}`],
    '/templates/:id?': ['/templates', `/templates/${ids.template}`],
    '/analytics': ['/analytics'],
    '/log': ['/log'],
    '/settings/workspace': ['/settings/workspace'],
    '/settings/people': ['/settings/people'],
    '/settings/fields': ['/settings/fields'],
    '/settings/desk': ['/settings/desk'],
    '/settings/reports': ['/settings/reports'],
    '/settings/sla': ['/settings/sla'],
    '/settings/accounts': ['/settings/accounts'],
    '/settings/templates': ['/settings/templates'],
    '/settings/proxies': ['/settings/proxies'],
    '/settings/mail': ['/settings/mail'],
    '/settings/notices': ['/settings/notices'],
    '/settings/hooks': ['/settings/hooks'],
    '/settings/monitor': ['/settings/monitor'],
    '/settings/automation': ['/settings/automation'],
    '/settings/webhooks': ['/settings/webhooks'],
    '/:rest(.*)*': ['/nowhere'],
  };
  expect(Object.keys(spots).toSorted(), 'a new page stands here too').toEqual((await routesOf(page)).toSorted());
  for (const path of Object.values(spots).flat()) {
    await page.goto(`${desk.product.url}${path}`);
    await expect(page.getByRole('heading').first()).toBeAttached();
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['dark', 390],
    ] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, `${path}, ${colorScheme}, ${width} wide`);
    }
  }
  expect(complaints).toEqual([]);
});
