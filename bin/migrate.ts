import { Failure } from '#core/failure.ts';
import { migrate } from '#sql/migrate.ts';
import { readStartConfig } from './start-config.ts';

/** `npm run migrate`: brings the database of DATABASE_URL up to date and says what was applied. */
try {
  const { databaseUrl } = readStartConfig();
  if (!databaseUrl)
    throw new Failure('config_invalid', 'DATABASE_URL is missing: it names the database to migrate. npm start migrates the built-in one by itself.');
  const { applied } = await migrate(databaseUrl);
  console.log(applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.');
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
