import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '#bin/checks/outcome.ts';

const names = z.record(z.string(), z.string()).default({});
const Lock = z.object({ packages: z.record(z.string(), z.object({ optionalDependencies: names, dependencies: names, devDependencies: names })) });

/**
 * `npm ci` refuses a lock file that lacks a package for another platform, and `npm install` writes such a file when the registry lacks that
 * package's version. It is then only noticed on the next clean machine.
 */
export async function checkLockfile(root: string): Promise<Outcome> {
  const { packages } = Lock.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const ours = Lock.shape.packages.valueType.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(packages, path, name))
      .map((name) => `package-lock.json lacks ${name}, which ${path} may need on another platform: choose a version that the registry has whole`),
  );
  const asLocked = packages[''];
  const stale = (['dependencies', 'devDependencies'] as const).flatMap((kind) =>
    Object.entries(ours[kind]).filter(([name, version]) => asLocked?.[kind][name] !== version),
  );
  const problems = [...missing, ...stale.map(([name, version]) => `package-lock.json does not know ${name} ${version}: run npm install`)];
  return { name: 'lockfile', problems, summary: `${Object.keys(packages).length} packages` };
}

/** Node's own search: beside the package's own dependencies, then in each folder above. */
function isLocked(packages: Record<string, unknown>, path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}
