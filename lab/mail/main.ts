import { startCatcher } from '#lab/mail/catcher.ts';
import { readCatcherConfig } from '#lab/mail/config.ts';

const config = readCatcherConfig();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const catcher = await startCatcher({ host: config.HOST, smtpPort: config.SMTP_PORT, webPort: config.WEB_PORT, imapPort: config.IMAP_PORT, log: say });
say(`The mail catcher takes mail at ${catcher.smtpUrl} and shows it at ${catcher.webUrl}`);
say(`What comes back for it is read by IMAP at ${config.HOST}:${catcher.imapPort}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void catcher.close());
