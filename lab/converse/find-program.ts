import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { readSearchPath } from '#lab/converse/config.ts';

export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of readSearchPath().split(delimiter)) {
    const path = join(folder, name);
    const isRunnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isRunnable) return path;
  }
  return undefined;
}
