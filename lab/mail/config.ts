import { z } from 'zod';
import { Failure } from '#core/failure.ts';

const port = z.coerce.number().int().min(0).max(65_535);

const Config = z.object({
  HOST: z.string().default('127.0.0.1'),
  SMTP_PORT: port.default(1025),
  WEB_PORT: port.default(1080),
  IMAP_PORT: port.default(1143),
});

/** Where the catcher listens when it runs alone, as in docker-compose. */
export function readCatcherConfig(env: NodeJS.ProcessEnv = process.env): z.output<typeof Config> {
  const config = Config.safeParse(env);
  if (!config.success) throw new Failure('config_invalid', z.prettifyError(config.error));
  return config.data;
}
