import type { Browser, Page } from '@playwright/test';

type Person = { email: string; password: string };

/** A page of a context of its own, on which a person has signed in and come to `path`. `complaints` hears what goes wrong in the page itself. */
export async function signedInPage(
  browser: Browser,
  url: string,
  { email, password, path = '/wall', complaints = [] }: Person & { path?: string; complaints?: string[] },
): Promise<Page> {
  // axe wants a context that was made by hand, and things that stand still.
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  keepComplaints(page, complaints);
  await page.goto(`${url}/sign-in?next=${path}`);
  await page.getByLabel('Mail address or user name').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(url + path);
  return page;
}

/** What the page writes to its console as an error, and what is thrown there. */
export function keepComplaints(page: Page, complaints: string[]): void {
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
}
