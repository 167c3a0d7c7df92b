import { readStartConfig, type StartConfig } from './start-config.ts';

/** The product as it starts by itself in `dataDir`, for benches, proofs, pictures and specs: nothing of a developer's own settings, any free port. */
export function bareConfig(dataDir: string, more: Record<string, string> = {}): StartConfig {
  const { PATH, HOME, LANG, BROWSER_PATH } = readStartConfig().env;
  return readStartConfig({ PATH, HOME, LANG, BROWSER_PATH, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', ...more });
}
