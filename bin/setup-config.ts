import { z } from 'zod';
import { Failure } from '#core/failure.ts';

const SetupConfig = z.object({ BROWSER_PATH: z.string().min(1).optional(), PATH: z.string().default('') });

/** What setting up needs to know of the environment. */
export type SetupConfig = { browserPath?: string; searchPath: string };

export function readSetupConfig(env: NodeJS.ProcessEnv = process.env): SetupConfig {
  // An empty line `BROWSER_PATH=` in a file of settings means that it is not set.
  const config = SetupConfig.safeParse({ ...env, BROWSER_PATH: env.BROWSER_PATH || undefined });
  if (!config.success) throw new Failure('config_invalid', z.prettifyError(config.error));
  return { browserPath: config.data.BROWSER_PATH, searchPath: config.data.PATH };
}
