import type { BrowserContext, Page } from 'playwright';

/** A page on which a person has just signed in. */
export async function signedIn(context: BrowserContext, { url, email, password }: { url: string; email: string; password: string }): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('Mail address or user name').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  return page;
}
