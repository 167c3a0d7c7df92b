/** Where the Postgres with the template is. Workers of Playwright inherit it from the process that has started it. */
export function giveTemplate(adminUrl: string): void {
  process.env.TEST_ADMIN_URL = adminUrl;
}

/** Null outside a run of specs. */
export const givenTemplate = (): string | null => process.env.TEST_ADMIN_URL ?? null;
