import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Certified } from '#lab/mail/certificates.ts';
import type { ComeBack } from '#lab/mail/come-back.ts';
import type { FaultPlan } from '#lab/mail/faults.ts';
import type { Mailbox } from '#lab/mail/mailbox.ts';

export interface Receiver {
  port: number;
  close(): Promise<void>;
}

/** `tls` from the first byte, `starttls` when it is asked for, each with a certificate; `none` offers nothing. */
export type Encryption = { is: 'none' } | ({ is: 'tls' | 'starttls' } & Certified);

export interface ReceiverParts {
  host: string;
  port: number;
  encryption: Encryption;
  mailbox: Mailbox;
  faults: FaultPlan;
  comeBack: ComeBack;
  log: (line: string) => void;
}

const maxMailBytes = 30 * 1024 * 1024;

/** The SMTP side of the catcher: takes mail from anybody, with or without signing in, and delivers nothing. */
export async function startReceiver({ host, port, encryption, mailbox, faults, comeBack, log }: ReceiverParts): Promise<Receiver> {
  const sockets = new Map<string, Socket>();
  const closing = new AbortController();
  const cut = (session: SMTPServerSession): void => void sockets.get(`${session.remotePort}`)?.destroy();

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<'answered' | 'cut'> {
    const raw = await readAll(stream);
    const fate = faults.endOfMail();
    if (fate === 'defer') throw smtpError(451, '4.3.0 Try again later');
    const { mailFrom, rcptTo } = session.envelope;
    comeBack.caught(mailbox.hold({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map((to) => to.address), raw }));
    if (faults.latencyMs() > 0) await wait(faults.latencyMs(), undefined, { signal: closing.signal });
    if (fate === 'accept') return 'answered';
    cut(session);
    return 'cut';
  }

  const server = new SMTPServer({
    name: 'mail.lab.test',
    banner: 'Patchbay lab, nothing leaves this machine',
    size: maxMailBytes,
    rejectOversized: true,
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    secure: encryption.is === 'tls',
    ...(encryption.is === 'none' ? { disabledCommands: ['STARTTLS'] } : { key: encryption.key, cert: encryption.cert }),
    onAuth({ username }, _session, done) {
      if (faults.left().refuseSignIn) done(smtpError(535, '5.7.8 User name or password not accepted'));
      else done(null, { user: username ?? 'anybody' });
    },
    onMailFrom(_address, session, done) {
      if (faults.cutsAtMailFrom()) cut(session);
      else done();
    },
    onRcptTo({ address }, _session, done) {
      const refusal = faults.refusalFor(address);
      done(refusal ? smtpError(refusal.code, refusal.text) : null);
    },
    onData(stream, session, done) {
      receive(stream, session).then(
        (end) => end === 'answered' && done(null, 'OK: caught'),
        (error: Error) => done(error),
      );
    },
  });
  // A sender that is killed in the middle of a mail is what proofs do all day: a line in the log, no more.
  server.on('error', (error: Error) => log(`SMTP: ${error.message}`));
  server.server.on('connection', (socket: Socket) => {
    const key = `${socket.remotePort}`;
    sockets.set(key, socket);
    socket.once('close', () => sockets.delete(key));
  });
  server.listen(port, host);
  await once(server.server, 'listening');

  return {
    // A TCP server that listens on a port always has an AddressInfo.
    port: (server.server.address() as AddressInfo).port,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(resolve));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
  });
}

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
