import type { Page } from 'playwright';
import { until } from '#bin/demo/until.ts';
import type { Client } from '#core/api/client.ts';
import { Failure } from '#core/failure.ts';

/** A screen worth a picture: where it is, and when it shows what it is for. */
export type Scene = { name: string; path: string; ready: (page: Page) => Promise<void> };

/** The screens of the demo's workspace. A draft and a profile that waits for its code are made for the pictures, and taken away again. */
export async function scenesOf(client: Client): Promise<{ list: Scene[]; [Symbol.asyncDispose](): Promise<void> }> {
  const [profiles, campaigns, lists, templates, conversations] = await Promise.all([
    client.listProfiles(),
    client.listCampaigns(),
    client.listLists(),
    client.listTemplates(),
    client.listConversations({ query: { limit: 200 } }),
  ]);
  const shop = profiles.rows.find((profile) => profile.channel === 'whatsapp-web');
  const campaign = campaigns.rows.find((one) => one.state !== 'draft');
  const [list, template] = [lists.rows[0], templates.rows[0]];
  const conversation = conversations.rows.find((one) => one.lastMessage?.direction === 'in') ?? conversations.rows[0];
  if (!shop || !campaign || !list || !template || !conversation) throw new Failure('not_found', 'This is not the demo. Run npm run demo first.');

  await using made = new AsyncDisposableStack();
  const { senderIds, audience, templateId } = campaign;
  const draft = await client.addCampaign({ body: { name: 'Winter opening hours', senderIds, audience, templateId } });
  made.defer(async () => void (await client.removeCampaign({ params: { id: draft.id } })));
  const fresh = await client.addProfile({ body: { name: 'WhatsApp Hamburg', channel: 'whatsapp-web', baseUrl: shop.baseUrl } });
  made.defer(() => removeProfile(client, fresh.id));
  await client.loginByQr({ params: { id: fresh.id } });

  const runs = await client.listRuns({ params: { id: shop.id }, query: { limit: 200, of: 'deliveries' } });
  const send = runs.rows.find((run) => run.flow === 'send' && run.outcome === 'sent');
  if (!send) throw new Failure('not_found', 'The demo has sent nothing yet. Wait a little.');

  const shows = (text: string | RegExp) => (page: Page) => page.getByText(text).first().waitFor();
  const scenes: Scene[] = [
    { name: 'wall', path: '/wall', ready: live },
    {
      name: 'profile',
      path: `/wall?profile=${shop.id}&tab=steps`,
      ready: steps,
    },
    { name: 'trace', path: `/runs/${send.id}`, ready: (page) => page.getByRole('img', { name: /^After/ }).waitFor() },
    { name: 'log', path: `/wall?profile=${shop.id}&tab=log`, ready: shows('Kept for 90 days') },
    { name: 'live', path: `/profiles/${shop.id}/live`, ready: (page) => page.locator('canvas:not(.unseen)').waitFor({ timeout: 30_000 }) },
    { name: 'login', path: '/wall', ready: (page) => loginDialog(page, fresh.name) },
    {
      name: 'inbox',
      path: `/inbox/${conversation.id}`,
      ready: (page) => page.getByRole('log').getByRole('time').first().waitFor({ state: 'attached' }),
    },
    { name: 'campaigns', path: '/campaigns', ready: shows(campaign.name) },
    { name: 'run', path: `/campaigns/${campaign.id}`, ready: shows('Senders') },
    { name: 'review', path: `/campaigns/${draft.id}?step=review`, ready: shows('In the audience') },
    { name: 'contacts', path: '/contacts', ready: shows(list.name) },
    { name: 'list', path: `/contacts/${list.id}`, ready: (page) => page.getByRole('row').nth(3).waitFor() },
    { name: 'templates', path: `/templates/${template.id}`, ready: shows(/\d+ characters/) },
    { name: 'deliveries', path: '/log', ready: (page) => page.getByRole('row').nth(3).waitFor() },
    { name: 'analytics', path: '/analytics', ready: (page) => page.locator('canvas').waitFor() },
    { name: 'automation', path: '/settings/automation', ready: (page) => page.getByRole('heading', { name: 'Automation' }).first().waitFor() },
    { name: 'notices', path: '/settings/notices', ready: (page) => page.getByRole('heading', { name: 'Notices' }).first().waitFor() },
    { name: 'accounts', path: '/settings/accounts', ready: (page) => page.getByRole('row').nth(3).waitFor() },
    { name: 'hooks', path: '/settings/hooks', ready: (page) => page.getByRole('heading', { name: 'Outgoing webhooks' }).waitFor() },
    { name: 'monitor', path: '/settings/monitor?show=events', ready: (page) => page.getByRole('row').nth(3).waitFor() },
    { name: 'webhooks', path: '/settings/webhooks', ready: (page) => page.getByRole('heading', { name: 'Webhooks' }).waitFor() },
    { name: 'workspace', path: '/settings/workspace', ready: (page) => page.getByRole('heading', { name: 'Quiet hours' }).waitFor() },
    { name: 'proxies', path: '/settings/proxies', ready: (page) => page.getByRole('heading', { name: 'Proxies' }).waitFor() },
    { name: 'mail', path: '/settings/mail', ready: (page) => page.getByRole('row').nth(1).waitFor() },
  ];
  const owned = made.move();
  return { list: scenes, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Tiles that can have a picture have it. */
async function live(page: Page): Promise<void> {
  await page.getByRole('article').locator('img').nth(1).waitFor({ state: 'attached', timeout: 30_000 });
}

/** The panel shows what the profile has done: the steps of its last send, with a picture of one. */
async function steps(page: Page): Promise<void> {
  const panel = page.getByRole('complementary');
  await panel
    .getByRole('button', { name: /^Send / })
    .first()
    .click();
  const lines = panel.getByRole('list').getByRole('list').getByRole('button');
  await lines.first().waitFor();
  await lines.last().click();
  const picture = panel.getByRole('img').or(panel.getByText('No picture was taken')).first();
  await picture.waitFor();
  await picture.scrollIntoViewIfNeeded();
  await live(page);
}

async function loginDialog(page: Page, name: string): Promise<void> {
  await page.getByRole('article', { name }).getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('img', { name: 'Code to scan with the phone' }).waitFor({ timeout: 60_000 });
}

async function removeProfile(client: Client, id: string): Promise<void> {
  const params = { id };
  await client.stopProfile({ params });
  const isStopped = async () => (await client.readProfile({ params })).state === 'stopped';
  await until('The end of the profile', isStopped, { seconds: 60, signal: AbortSignal.timeout(60_000) });
  await client.removeProfile({ params });
}
