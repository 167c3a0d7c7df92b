import { startChatLab } from '#lab/chat/site.ts';
import { findProsody, type Prosody, startProsody } from '#lab/converse/prosody.ts';
import type { LabAccount } from '#lab/converse/prosody-files.ts';
import { startConverse } from '#lab/converse/site.ts';
import { startNameControl } from '#lab/dns/control.ts';
import { type NameServer, startNameServer } from '#lab/dns/name-server.ts';
import { type GraphLab, startGraphLab } from '#lab/graph/site.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { startTelegramLab, type TelegramLab } from '#lab/telegram/site.ts';
import { startWhatsAppLab, type WhatsAppLab } from '#lab/whatsapp/site.ts';

export interface LabOptions {
  /** 127.0.0.1 when not given. Prosody stays on loopback whatever stands here. */
  host?: string;
  /** 0, the default everywhere, takes any free port. */
  whatsappPort?: number;
  telegramPort?: number;
  graphPort?: number;
  smtpPort?: number;
  mailPort?: number;
  imapPort?: number;
  dnsPort?: number;
  dnsControlPort?: number;
  chatPort?: number;
  conversePort?: number;
  prosodyPort?: number;
  /** Where Prosody keeps its messages; without it they go when the lab stops. */
  prosodyDir?: string;
  log?: (line: string) => void;
  signal?: AbortSignal;
}

export type ConverseLab = { is: 'running'; url: string; prosody: Prosody; accounts: LabAccount[] } | { is: 'missing'; why: string };

/** Every stand-in, on loopback. Converse.js runs only where Prosody is installed. */
export interface Lab extends AsyncDisposable {
  whatsapp: WhatsAppLab;
  telegram: TelegramLab;
  graph: GraphLab;
  mail: Catcher;
  /** Answers for all of DNS: nothing exists there before somebody sets it, here or at `control`. */
  names: NameServer & { control: string };
  /** An OpenAI-compatible endpoint. */
  chat: { url: string };
  converse: ConverseLab;
  close(): Promise<void>;
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host, whatsappPort, telegramPort, graphPort, smtpPort, mailPort, imapPort, dnsPort, dnsControlPort, chatPort, log } = options;
  await using started = new AsyncDisposableStack();
  const whatsapp = started.use(await startWhatsAppLab({ host, port: whatsappPort }));
  const telegram = started.use(await startTelegramLab({ host, port: telegramPort }));
  const graph = started.use(await startGraphLab({ host, port: graphPort }));
  const mail = started.use(await startCatcher({ host, smtpPort, webPort: mailPort, imapPort, log }));
  const names = started.use(await startNameServer({ host, port: dnsPort }));
  const { url: control } = started.use(await startNameControl(names, { host, port: dnsControlPort }));
  const chat = started.use(await startChatLab({ host, port: chatPort }));
  const converse = await startConverseLab(options, started);
  const running = started.move();
  const close = (): Promise<void> => running.disposeAsync();
  return { whatsapp, telegram, graph, mail, names: { ...names, control }, chat, converse, close, [Symbol.asyncDispose]: close };
}

async function startConverseLab(options: LabOptions, started: AsyncDisposableStack): Promise<ConverseLab> {
  const found = await findProsody();
  if (found.is === 'missing') return found;
  const { host, conversePort, prosodyPort, prosodyDir, signal } = options;
  const prosody = started.use(await startProsody({ port: prosodyPort, dir: prosodyDir, signal }));
  const site = started.use(await startConverse({ websocketUrl: prosody.websocketUrl, host, port: conversePort }));
  return { is: 'running', url: site.url, prosody, accounts: prosody.accounts };
}
