import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Inbox, Returned } from '#lab/mail/inbox.ts';

export type ImapServer = { port: number; close(): Promise<void> };

/** Longer commands and literals than anybody needs here are the end of a connection. */
const mostBytes = 64 * 1024;
const capabilities = 'IMAP4rev1';

/**
 * As much of IMAP4rev1 (RFC 3501) as it takes to read a mailbox: any user name and password open the one INBOX, and nothing in it can be changed.
 */
export async function startImap({ host, port, inbox }: { host: string; port: number; inbox: Inbox }): Promise<ImapServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, inbox).catch(() => socket.destroy());
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    // A TCP server that listens on a port always has an AddressInfo.
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serve(socket: Socket, inbox: Inbox): Promise<void> {
  socket.write('* OK Patchbay lab, the mailbox of everybody\r\n');
  const session: Session = { inbox, isSignedIn: false, isOpen: false };
  for await (const line of commandsOf(socket)) {
    const [tag = '*', ...rest] = words(line);
    const { replies, end, isLast = false } = answer(rest, session);
    for (const reply of replies) socket.write(reply);
    socket.write(`${tag} ${end}\r\n`);
    if (isLast) return void socket.end();
  }
}

/** Whole commands, with their literals in place as quoted strings. */
async function* commandsOf(socket: Socket): AsyncGenerator<string> {
  let read = '';
  let command = '';
  for await (const chunk of socket) {
    read += (chunk as Buffer).toString('latin1'); // A socket without an encoding reads buffers.
    if (read.length + command.length > mostBytes) return;
    for (;;) {
      const end = read.indexOf('\r\n');
      if (end < 0) break;
      const line = read.slice(0, end);
      const literal = /\{(\d+)(\+?)\}$/.exec(line);
      if (!literal) {
        read = read.slice(end + 2);
        yield command + line;
        command = '';
        continue;
      }
      const size = Number(literal[1]);
      if (literal[2] === '' && read.length === end + 2) socket.write('+ go on\r\n');
      if (read.length < end + 2 + size) break;
      command += `${line.slice(0, literal.index)}${quoted(read.slice(end + 2, end + 2 + size))}`;
      read = read.slice(end + 2 + size);
    }
  }
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Split at spaces, except within quotes, brackets and parentheses. */
function words(line: string): string[] {
  const found = line.match(/(?:"(?:\\.|[^"\\])*"|\[[^\]]*\]|\([^)]*\)|[^\s"[(])+/g) ?? [];
  return found.map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word));
}

type Session = { inbox: Inbox; isSignedIn: boolean; isOpen: boolean };
type Answer = { replies: readonly (string | Buffer)[]; end: string; isLast?: boolean };

const ok = (replies: readonly (string | Buffer)[] = [], end = 'OK done'): Answer => ({ replies, end });
const bad = (end: string): Answer => ({ replies: [], end });

function answer([name = '', ...args]: readonly string[], session: Session): Answer {
  const command = name.toUpperCase();
  if (command === 'CAPABILITY') return ok([`* CAPABILITY ${capabilities}\r\n`]);
  if (command === 'NOOP' || command === 'CHECK') return ok();
  if (command === 'LOGOUT') return { ...ok(['* BYE see you\r\n']), isLast: true };
  if (command === 'LOGIN') {
    session.isSignedIn = true;
    return ok();
  }
  if (!session.isSignedIn) return bad('NO sign in first');
  if (command === 'LIST' || command === 'LSUB') return ok(listed(command, args));
  if (command === 'SELECT' || command === 'EXAMINE') return open(args[0] ?? '', session);
  if (command === 'STATUS') return status(args, session);
  if (!session.isOpen) return bad('NO open a mailbox first');
  if (command === 'CLOSE') {
    session.isOpen = false;
    return ok();
  }
  const isByUid = command === 'UID';
  const [act = '', ...rest] = isByUid ? args : [command, ...args];
  if (act.toUpperCase() === 'FETCH') return fetched(session.inbox, rest, isByUid);
  if (act.toUpperCase() === 'SEARCH') return searched(session.inbox, rest);
  return bad('BAD that is not done here');
}

const isInbox = (name: string): boolean => name.toUpperCase() === 'INBOX';

function listed(command: string, [, pattern = '']: readonly string[]): string[] {
  if (pattern === '') return [`* ${command} (\\Noselect) "/" ""\r\n`];
  return pattern === '*' || pattern === '%' || isInbox(pattern) ? [`* ${command} (\\HasNoChildren) "/" INBOX\r\n`] : [];
}

function open(name: string, session: Session): Answer {
  session.isOpen = isInbox(name);
  if (!session.isOpen) return bad('NO there is no such mailbox');
  const { inbox } = session;
  const lines = [
    '* FLAGS (\\Seen)',
    `* ${inbox.all().length} EXISTS`,
    '* 0 RECENT',
    '* OK [PERMANENTFLAGS ()] nothing is kept',
    `* OK [UIDVALIDITY ${inbox.uidValidity}] these numbers`,
    `* OK [UIDNEXT ${inbox.uidNext()}] the next one`,
  ];
  return ok(
    lines.map((line) => `${line}\r\n`),
    'OK [READ-ONLY] open',
  );
}

function status([name = '', items = '']: readonly string[], { inbox }: Session): Answer {
  if (!isInbox(name)) return bad('NO there is no such mailbox');
  const values: Record<string, number> = {
    MESSAGES: inbox.all().length,
    UNSEEN: inbox.all().length,
    RECENT: 0,
    UIDNEXT: inbox.uidNext(),
    UIDVALIDITY: inbox.uidValidity,
  };
  const asked = items.toUpperCase().match(/\w+/g) ?? [];
  return ok([`* STATUS INBOX (${asked.flatMap((item) => (item in values ? [`${item} ${values[item]}`] : [])).join(' ')})\r\n`]);
}

/** "1", "2:5", "7:*" and lists of them. Uids and numbers in order are the same here, since nothing is ever removed. */
function chosen(inbox: Inbox, set: string): Returned[] {
  const last = inbox.all().length;
  const ranges = set.split(',').map((part) => part.split(':').map((end) => (end === '*' ? last : Number(end))));
  return inbox.all().filter(({ uid }) => ranges.some(([from = 0, to = from]) => uid >= Math.min(from, to) && uid <= Math.max(from, to)));
}

function fetched(inbox: Inbox, [set = '', ...items]: readonly string[], isByUid: boolean): Answer {
  const text = items.join(' ').toUpperCase();
  const named: string[] = text.match(/BODY(?:\.PEEK)?\[[^\]]*\]|[A-Z0-9.]+/g) ?? [];
  const asked = new Set(isByUid ? [...named, 'UID'] : named);
  const replies = chosen(inbox, set).flatMap((mail) => {
    const parts = [...asked].flatMap((item) => partOf(mail, item));
    const spaced = parts.flatMap((part, nth) => (nth === 0 ? [part] : [Buffer.from(' '), part]));
    return [Buffer.concat([Buffer.from(`* ${mail.uid} FETCH (`), ...spaced, Buffer.from(')\r\n')])];
  });
  return ok(replies);
}

function partOf({ uid, at, raw }: Returned, item: string): Buffer[] {
  const text = (value: string) => [Buffer.from(value)];
  if (item === 'UID') return text(`UID ${uid}`);
  if (item === 'FLAGS') return text('FLAGS ()');
  if (item === 'RFC822.SIZE') return text(`RFC822.SIZE ${raw.length}`);
  if (item === 'INTERNALDATE') return text(`INTERNALDATE "${dateOf(at)}"`);
  const end = raw.indexOf('\r\n\r\n') + 4;
  if (/^BODY(\.PEEK)?\[HEADER\]$/.test(item)) return [literal('BODY[HEADER]', raw.subarray(0, end))];
  if (/^BODY(\.PEEK)?\[TEXT\]$/.test(item)) return [literal('BODY[TEXT]', raw.subarray(end))];
  if (/^BODY(\.PEEK)?\[\]$/.test(item)) return [literal('BODY[]', raw)];
  return item === 'RFC822' ? [literal('RFC822', raw)] : [];
}

const literal = (name: string, value: Buffer): Buffer => Buffer.concat([Buffer.from(`${name} {${value.length}}\r\n`), value]);

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
function dateOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getUTCDate())}-${months[at.getUTCMonth()]}-${at.getUTCFullYear()} ${at.toISOString().slice(11, 19)} +0000`;
}

/** By day and by number; other keys, such as ALL, leave everything in. */
function searched(inbox: Inbox, keys: readonly string[]): Answer {
  const since = keys.findIndex((key) => key.toUpperCase() === 'SINCE');
  const day = since < 0 ? Number.NEGATIVE_INFINITY : Date.parse(`${keys[since + 1]} UTC`);
  const named = keys.findIndex((key) => key.toUpperCase() === 'UID');
  const set = named < 0 ? (keys.find((key) => /^[\d:*,]+$/.test(key)) ?? '1:*') : (keys[named + 1] ?? '');
  const found = chosen(inbox, set).filter(({ at }) => at.getTime() >= day);
  return ok([`* SEARCH${found.map(({ uid }) => ` ${uid}`).join('')}\r\n`]);
}
