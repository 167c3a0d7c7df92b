import type { Logger } from 'pino';
import { openDatabase } from '#sql/database.ts';
import { createBell } from '#sql/events.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import type { ServerConfig } from './config.ts';
import { createTokens } from './tokens.ts';

export type Ground = Awaited<ReturnType<typeof openGround>>;

/** What every part of a server stands on; `parts` closes it, last of all. */
export async function openGround(config: ServerConfig, log: Logger, parts: AsyncDisposableStack) {
  const sealer = createSealer(config.key);
  const now = () => new Date();
  const database = parts.use(await openDatabase({ url: config.databaseUrl, max: 12 }));
  const boss = await openQueue(config.databaseUrl, { role: 'sends', onError: (error) => log.error({ err: error }, 'queue') });
  parts.defer(() => boss.stop({ graceful: false }));
  const bell = createBell(database.db);
  parts.defer(() => bell.close());
  const { accessTokenMinutes: accessMinutes, refreshTokenDays: refreshDays } = config;
  const tokens = createTokens({ key: sealer.derive('access tokens'), accessMinutes, refreshDays, now });
  return { database, db: database.db, sealer, now, queue: createQueue(boss), ring: bell.ring, tokens };
}
