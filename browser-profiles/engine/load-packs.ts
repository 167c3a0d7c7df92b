import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import { type LoadedPack, LocalePack, Pack } from '#core/script.ts';

const comesWith = fileURLToPath(new URL('../../scripts', import.meta.url));

/**
 * Every pack that comes with Patchbay, and those of the folder `own`, by name; one of the same name stands in for ours.
 * A pack is `<name>/pack.yaml`; parts beside it (`selectors.yaml`, `states.yaml`, `flows.yaml`,
 * `login.yaml`) are the values of the key of that name, and `locales/<language>.yaml` holds the words of one language.
 * Throws `script_invalid` with what is wrong and where.
 */
export async function loadPacks(own: string | null = null): Promise<Map<string, LoadedPack>> {
  const packs = new Map<string, LoadedPack>();
  for (const dir of own === null ? [comesWith] : [comesWith, own])
    for (const name of await foldersOf(dir)) {
      const pack = await loadPack(join(dir, name));
      packs.set(pack.name, pack);
    }
  return packs;
}

async function foldersOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      'config_invalid',
      `There is no folder of packs at ${dir} (${error.code}). Give one that exists as PACKS_DIR, or leave it empty.`,
    );
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

const parts = ['selectors', 'states', 'flows', 'login'] as const;

export async function loadPack(dir: string): Promise<LoadedPack> {
  const source = z.record(z.string(), z.unknown()).parse(await readYaml(join(dir, 'pack.yaml')));
  for (const part of parts) {
    const own = await readYaml(join(dir, `${part}.yaml`), { optional: true });
    if (own !== undefined) source[part] = own;
  }
  const files = await readdir(join(dir, 'locales')).catch(() => []);
  const locales: Record<string, unknown> = {};
  for (const file of files.filter((name) => name.endsWith('.yaml')))
    locales[file.slice(0, -'.yaml'.length)] = await readYaml(join(dir, 'locales', file));
  return readPack(source, locales, dir);
}

/** Checks a pack that is held in memory, such as one from the editor. */
export function readPack(source: unknown, locales: Record<string, unknown>, name = 'pack'): LoadedPack {
  const pack = Pack.safeParse(source);
  if (!pack.success) throw invalid(name, pack.error);
  const words = z.record(z.string(), LocalePack).safeParse(locales);
  if (!words.success) throw invalid(`${name}/locales`, words.error);
  const loaded = { ...pack.data, locales: words.data };
  const missing = missingPhrases(loaded);
  if (missing.length > 0) throw new Failure('script_invalid', `${name}: the language "${loaded.locale.default}" lacks ${missing.join(', ')}`);
  return loaded;
}

/** Texts that selectors ask for and the default language does not have. Other languages may lack some: then that tier finds nothing. */
function missingPhrases(pack: LoadedPack): string[] {
  const wanted = Object.values(pack.selectors).flatMap((selector) => [
    ...selector.any.flatMap((tier) => [tier.text, tier.label, tier.holds]),
    ...Object.values(selector.fields ?? {}).flatMap((field) => (field.cases ?? []).map((one) => one.label)),
  ]);
  const known = pack.locales[pack.locale.default]?.phrases ?? {};
  return [...new Set(wanted.filter((key) => key !== undefined))].filter((key) => !known[key]);
}

function invalid(name: string, error: z.ZodError): Failure {
  const fields = Object.fromEntries(error.issues.map((issue) => [issue.path.join('.') || name, issue.message]));
  return new Failure('script_invalid', `${name}: ${z.prettifyError(error)}`, { fields, cause: error });
}

async function readYaml(path: string, options: { optional?: boolean } = {}): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (options.optional && error.code === 'ENOENT') return undefined;
    throw new Failure('script_invalid', `${path} cannot be read`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return parse(text, { maxAliasCount: 50 });
  } catch (error) {
    throw new Failure('script_invalid', `${path}: ${error instanceof Error ? error.message : 'not YAML'}`, { cause: error });
  }
}
