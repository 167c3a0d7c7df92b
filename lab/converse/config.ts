import { z } from 'zod';

/** Where programs are looked for: PATH, and the places where Debian keeps servers and that a plain user's PATH leaves out. */
export function readSearchPath(env: NodeJS.ProcessEnv = process.env): string {
  const { PATH } = z.object({ PATH: z.string().default('') }).parse(env);
  return [PATH, '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/opt/homebrew/bin'].filter(Boolean).join(':');
}
