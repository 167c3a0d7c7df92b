import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  server = await startTestServer();
  const { path } = findBrowser({}) ?? {};
  browser = await chromium.launch({ executablePath: path, chromiumSandbox: false });
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** A page, what the browser refused on it, and whom else it asked. */
async function open(path: string, cookies: { name: string; value: string }[] = []) {
  const context = await browser.newContext();
  // To lay one endpoint open costs the page half a minute of a busy machine: it resolves the whole document.
  context.setDefaultTimeout(90_000);
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: server.url })));
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
  page.on('pageerror', (error) => void problems.push(error.message));
  // What the policy held back never got an answer.
  page.on('response', (response) => void (response.url().startsWith(server.url) || problems.push(response.url())));
  await page.goto(`${server.url}${path}`);
  return { page, problems, context };
}

test('the API’s pages work under the content policy and ask nobody else', async () => {
  const { page, problems, context } = await open('/api/docs');
  await page.getByRole('button', { name: /POST \/auth\/login/ }).click();
  await page.getByText('Sign in with a mail address or user name').first().waitFor();
  expect(problems).toEqual([]);
  await context.close();
});

test('the queue’s pages work under the content policy', async () => {
  const person = await registerPerson(server);
  const login = await server.call('POST', '/api/auth/login', { body: { email: person.email, password: person.password, keep: 'cookie' } });
  const value = /patchbay_page=([^;]+)/.exec(login.headers.getSetCookie().join('\n'))?.[1] ?? '';
  const { page, problems, context } = await open('/admin/queues', [{ name: 'patchbay_page', value }]);
  await page.getByText('import').first().waitFor();
  // It would like fonts from elsewhere and does without.
  expect(problems.filter((problem) => !problem.includes("Loading the stylesheet 'https://fonts.googleapis.com"))).toEqual([]);
  await context.close();
});
