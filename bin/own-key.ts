import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key of the built-in default: made on the first start and kept beside the data, readable by its owner only. Its place is said once. */
export async function ownKey(dataDir: string, log: (line: string) => void): Promise<string> {
  const file = join(dataDir, 'patchbay.key');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.trim().length >= 32) return known.trim();
  const key = randomBytes(32).toString('base64');
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  log(`A key was made and kept in ${file}. Whoever loses it loses every stored password and login: keep a copy.`);
  return key;
}
