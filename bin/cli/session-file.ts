import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';

const Session = z.object({
  server: z.string(),
  email: z.string(),
  accessToken: z.string(),
  accessExpiresAt: z.iso.datetime(),
  refreshToken: z.string(),
});
/** Who is signed in where. The tokens are as good as the password while they live. */
export type Session = z.output<typeof Session>;

export async function readSession(path: string): Promise<Session | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new Failure('config_invalid', `${path} cannot be read: ${error.message}.`, { cause: error });
  });
  if (text === null) return null;
  const session = Session.safeParse(jsonOf(text));
  if (!session.success) throw new Failure('config_invalid', `${path} is not a session of this program. Run patchbay login to make it anew.`);
  return session.data;
}

/** Written beside and moved into place: a reader sees the old file or the new one, and nobody but its owner can open either. */
export async function writeSession(path: string, session: Session): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

export async function removeSession(path: string): Promise<void> {
  await rm(path, { force: true });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
