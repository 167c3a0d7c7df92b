import { z } from 'zod';
import { Failure } from '#core/failure.ts';

const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema);

/** What `npm start` itself needs; server and worker read the rest of the same environment. */
const Env = z.looseObject({
  DATA_DIR: optional(z.string().default('./data')),
  DATABASE_URL: optional(z.string().optional()),
  PATCHBAY_KEY: optional(z.string().optional()),
  BROWSER_PATH: optional(z.string().optional()),
  LOG_LEVEL: optional(z.string().default('warn')),
});

export type StartConfig = {
  dataDir: string;
  databaseUrl: string | null;
  key: string | null;
  browserPath: string | undefined;
  env: Record<string, string | undefined>;
};

export function readStartConfig(env: Record<string, string | undefined> = process.env): StartConfig {
  const read = Env.safeParse(env);
  if (!read.success) throw new Failure('config_invalid', z.prettifyError(read.error));
  const values = read.data;
  return {
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    key: values.PATCHBAY_KEY ?? null,
    browserPath: values.BROWSER_PATH,
    env: { ...env, DATA_DIR: values.DATA_DIR, LOG_LEVEL: values.LOG_LEVEL },
  };
}
