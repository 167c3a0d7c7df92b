import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { readSetupConfig } from '#bin/setup-config.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    adminUrl: string;
    /** The browser that the product would use here; null where there is none. */
    browserPath: string | null;
  }
}

/** One Postgres for all files of a project; each file gets its own database from a migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), durability: 'test' });
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  await client.query('create database patchbay_template');
  await client.end();
  const template = new URL(postgres.adminUrl);
  template.pathname = '/patchbay_template';
  await migrate(template.href);
  project.provide('adminUrl', postgres.adminUrl);
  project.provide('browserPath', findBrowser(readSetupConfig())?.path ?? null);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
