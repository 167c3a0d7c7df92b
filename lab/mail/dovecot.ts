import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTransport } from 'nodemailer';
import { Failure } from '#core/failure.ts';
import { freePort } from '#lab/free-port.ts';

export type Dovecot = {
  host: '127.0.0.1';
  imapPort: number;
  user: string;
  password: string;
  /** Brings a mail as a mail server would (LMTP). */
  deliver(raw: string | Buffer): Promise<void>;
  /** Throws its mailbox away and makes a new one, which numbers its mails anew. */
  renew(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

const [user, password] = ['shop@example.com', 'secret of the box'];
/** Debian's accounts without rights: Dovecot refuses to keep mail as root. */
const nobody = { uid: 65_534, gid: 65_534 };
const program = '/usr/sbin/dovecot';

/** A real IMAP server with one mailbox, for as long as it is not disposed of. Needs root, as Dovecot does, and dovecot-imapd and dovecot-lmtpd. */
export async function startDovecot(): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-dovecot-'));
  const [imapPort, lmtpPort] = [await freePort(), await freePort()];
  const mail = join(folder, 'mail');
  await mkdir(mail);
  // Its parts run as users of their own.
  await chmod(folder, 0o755);
  await chown(mail, nobody.uid, nobody.gid);
  await writeFile(join(folder, 'users'), `${user}:{PLAIN}${password}:::::\n`);
  await writeFile(join(folder, 'dovecot.conf'), configOf({ folder, imapPort, lmtpPort }));
  const child = spawn(program, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('starting up')) resolve();
    });
    child.once('error', reject);
    void ended.then(() => reject(new Failure('broken', `Dovecot has ended:\n${said.slice(-10).join('\n')}`)));
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const transport = createTransport({ host: '127.0.0.1', port: lmtpPort, lmtp: true, secure: false, ignoreTLS: true });
  return {
    host: '127.0.0.1',
    imapPort,
    user,
    password,
    async deliver(raw) {
      await transport.sendMail({ envelope: { from: 'sender@example.org', to: [user] }, raw });
    },
    async renew() {
      await rm(join(mail, user), { recursive: true, force: true });
    },
    async [Symbol.asyncDispose]() {
      transport.close();
      await stop();
    },
  };
}

function configOf({ folder, imapPort, lmtpPort }: { folder: string; imapPort: number; lmtpPort: number }): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
instance_name = patchbay-${imapPort}
protocols = imap lmtp
listen = 127.0.0.1
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
auth_mechanisms = plain login
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=${nobody.uid} gid=${nobody.gid} home=${folder}/mail/%u
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${lmtpPort}
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
protocol lmtp {
  postmaster_address = postmaster@example.com
  hostname = localhost
}
namespace inbox {
  inbox = yes
}
`;
}
