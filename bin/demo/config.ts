import { z } from 'zod';
import { readStartConfig, type StartConfig } from '#bin/start-config.ts';
import { Failure } from '#core/failure.ts';

export type DemoConfig = { start: StartConfig; exits: boolean; recipients: number };

const Env = z.looseObject({ DATA_DIR: z.string().optional(), PORT: z.string().optional() });

/** `npm run demo [-- --exit]`. Its data lies apart from the product's and is made anew each time. */
export function readDemoConfig(args: readonly string[], env: Record<string, string | undefined> = process.env): DemoConfig {
  const unknown = args.filter((arg) => arg !== '--exit');
  if (unknown.length > 0) throw new Failure('config_invalid', `${unknown.join(' ')} is not an option of the demo. It knows --exit.`);
  const given = Env.parse(env);
  const exits = args.includes('--exit');
  const dataDir = given.DATA_DIR ? `${given.DATA_DIR}/demo` : './data/demo';
  // Its workspace is laid out by itself; what an installation of one's own begins with has no place in it.
  const own = {
    DATA_DIR: dataDir,
    DATABASE_URL: undefined,
    PATCHBAY_KEY: undefined,
    SESSION_IDS: undefined,
    USE_MAILCATCHER: undefined,
    ADMITTED_ADDRESSES: '127.0.0.0/8',
  };
  return {
    start: readStartConfig({ ...env, ...own, PORT: given.PORT ?? (exits ? '0' : '8080'), WORKER_SLOTS: '4', WORKER_CONCURRENCY: '6' }),
    exits,
    recipients: 200,
  };
}
