import { type LabConfig, readLabConfig } from '#bin/lab-config.ts';
import { type ConverseLab, type Lab, startLab } from '#lab/start.ts';
import { whenToldToStop } from './until-stopped.ts';

/** `npm run lab`: the stand-ins alone, for trying scripts by hand. */
async function runLab(): Promise<void> {
  const config = readLabConfig();
  const lab = await startLab({
    host: config.LAB_HOST,
    whatsappPort: config.LAB_WHATSAPP_PORT,
    telegramPort: config.LAB_TELEGRAM_PORT,
    graphPort: config.LAB_GRAPH_PORT,
    smtpPort: config.LAB_SMTP_PORT,
    mailPort: config.LAB_MAIL_PORT,
    imapPort: config.LAB_IMAP_PORT,
    dnsPort: config.LAB_DNS_PORT,
    dnsControlPort: config.LAB_DNS_CONTROL_PORT,
    chatPort: config.LAB_CHAT_PORT,
    conversePort: config.LAB_CONVERSE_PORT,
    prosodyPort: config.LAB_PROSODY_PORT,
  });
  for (const line of addresses(lab)) console.log(line);
  whenToldToStop(() => void stop(lab));
}

async function stop(lab: Lab): Promise<void> {
  console.log('Stopping the lab.');
  await lab.close();
}

function addresses({ whatsapp, telegram, graph, mail, names, chat, converse }: Lab): string[] {
  return [
    `WhatsApp stand-in   ${whatsapp.url}  (its phones: ${whatsapp.phones}, its control: ${whatsapp.control})`,
    `Telegram stand-in   ${telegram.url}  (its control: ${telegram.control})`,
    `Graph stand-in      ${graph.url}  (its customers: ${graph.customers}, its control: ${graph.control})`,
    `Mail catcher        ${mail.webUrl}  (send to ${mail.smtpUrl}; what comes back: IMAP at port ${mail.imapPort}, any password)`,
    `DNS stand-in        DNS_SERVERS=${names.address}  (its names: PUT ${names.control}/names/NAME)`,
    `Model stand-in      ${chat.url}  (OpenAI-compatible, any key)`,
    `Converse.js         ${converseLine(converse)}`,
    'Nothing is passed on to real people. Ctrl-C stops the lab.',
  ];
}

function converseLine(converse: ConverseLab): string {
  if (converse.is === 'missing') return `not running: ${converse.why}`;
  return `${converse.url}  (sign in as ${converse.accounts.map((one) => one.name).join(', ')}; the password is pw- and the name)`;
}

/** Which setting names the port that is taken, so that the sentence can say what to change. */
function settingOf(port: number | undefined, config: LabConfig): string {
  return Object.entries(config).find(([, value]) => value === port)?.[0] ?? 'another port';
}

await runLab().catch((error: NodeJS.ErrnoException & { port?: number }) => {
  const isTaken = error.code === 'EADDRINUSE';
  const sentence = isTaken ? `Port ${error.port} is taken. Set ${settingOf(error.port, readLabConfig())} to a free one, or to 0.` : error.message;
  console.error(`The lab did not start. ${sentence}`);
  process.exitCode = 1;
});
