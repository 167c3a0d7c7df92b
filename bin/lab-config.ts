import { z } from 'zod';
import { Failure } from '#core/failure.ts';

const port = z.coerce.number().int().min(0).max(65_535);

const LabConfig = z.object({
  LAB_HOST: z.string().default('127.0.0.1'),
  LAB_WHATSAPP_PORT: port.default(8090),
  LAB_TELEGRAM_PORT: port.default(8092),
  LAB_GRAPH_PORT: port.default(8093),
  LAB_SMTP_PORT: port.default(1025),
  LAB_MAIL_PORT: port.default(1080),
  LAB_IMAP_PORT: port.default(1143),
  LAB_DNS_PORT: port.default(1053),
  LAB_DNS_CONTROL_PORT: port.default(1054),
  LAB_CHAT_PORT: port.default(1055),
  LAB_CONVERSE_PORT: port.default(8091),
  LAB_PROSODY_PORT: port.default(0),
});
export type LabConfig = z.output<typeof LabConfig>;

/** Where the stand-ins of `npm run lab` listen; 0 takes any free port. */
export function readLabConfig(env: NodeJS.ProcessEnv = process.env): LabConfig {
  const config = LabConfig.safeParse(env);
  if (!config.success) throw new Failure('config_invalid', z.prettifyError(config.error));
  return config.data;
}
