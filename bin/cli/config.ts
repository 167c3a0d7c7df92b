import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';

/** An empty variable means "not set". */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema);

const Env = z.object({
  PATCHBAY_URL: optional(z.url({ protocol: /^https?$/, error: 'has to be an address such as https://patchbay.example.com' }).optional()),
  PATCHBAY_PASSWORD: optional(z.string().max(256).optional()),
  XDG_CONFIG_HOME: optional(z.string().optional()),
});

export type CliConfig = {
  /** The server that `login` takes when none is named; no slash at its end. */
  server: string;
  password: string | undefined;
  /** Where the tokens are kept. */
  sessionFile: string;
};

/** What the command line program takes from the environment. Throws `config_invalid`. */
export function readCliConfig(env: NodeJS.ProcessEnv = process.env): CliConfig {
  const read = Env.safeParse(env);
  if (!read.success) throw new Failure('config_invalid', read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`).join(' '));
  const { PATCHBAY_URL, PATCHBAY_PASSWORD, XDG_CONFIG_HOME } = read.data;
  // The XDG specification has relative paths ignored.
  const folder = XDG_CONFIG_HOME && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), '.config');
  return {
    server: withoutSlash(PATCHBAY_URL ?? 'http://127.0.0.1:8080'),
    password: PATCHBAY_PASSWORD,
    sessionFile: join(folder, 'patchbay', 'session.json'),
  };
}

export const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
