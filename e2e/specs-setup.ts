import { startTemplate } from '#e2e/template.ts';
import { giveTemplate } from '#e2e/template-config.ts';

/** Before the first spec: the Postgres in which `startWholeProduct` makes each product its database. */
export default async function setup(): Promise<() => Promise<void>> {
  const { adminUrl, stop } = await startTemplate();
  giveTemplate(adminUrl);
  return stop;
}
