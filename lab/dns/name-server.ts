import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, type Question, type RecordType, readQuestion, typeNumbers, writeReply } from '#lab/dns/wire.ts';

/** What stands under one name, such as `{ TXT: ['v=spf1 -all'], MX: ['10 mx.example.test'] }`. */
export type Records = Partial<Record<RecordType, string[]>>;
/** `fails` answers SERVFAIL, `silent` not at all. */
export type Entry = Records | 'fails' | 'silent';

export interface NameServer extends AsyncDisposable {
  /** As a resolver's setting takes it: `127.0.0.1:5353`. */
  address: string;
  /** A name that is not given does not exist. */
  set(name: string, entry: Entry): void;
  clear(): void;
  close(): Promise<void>;
}

/** Answers for the whole of DNS with what it was told, over UDP. */
export async function startNameServer({ host = '127.0.0.1', port = 0 } = {}): Promise<NameServer> {
  const entries = new Map<string, Entry>();
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const question = readQuestion(message);
    const reply = question && replyTo(question, entries);
    if (reply) socket.send(reply, from.port, from.address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  const close = async (): Promise<void> => {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  };
  return {
    address: `${host}:${socket.address().port}`,
    set: (name, entry) => void entries.set(name.toLowerCase(), entry),
    clear: () => entries.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function replyTo(question: Question, entries: ReadonlyMap<string, Entry>): Buffer | null {
  const entry = entries.get(question.name);
  if (entry === 'silent') return null;
  if (entry === 'fails') return writeReply(question, 'server_failure', []);
  if (!entry) return writeReply(question, 'no_such_name', []);
  return writeReply(question, 'ok', answersOf(question, entries));
}

/** A name that stands for another one is answered with both, as resolvers do. */
function answersOf({ name: asked, type }: Question, entries: ReadonlyMap<string, Entry>): Answer[] {
  const answers: Answer[] = [];
  let name: string | undefined = asked;
  while (name !== undefined && answers.length < 10) {
    const entry: Entry | undefined = entries.get(name.toLowerCase());
    if (!entry || typeof entry === 'string') break;
    for (const [kind, values] of Object.entries(entry) as [RecordType, string[]][]) {
      if (typeNumbers[kind] === type) for (const value of values) answers.push({ name, type: kind, value });
    }
    const next: string | undefined = type === typeNumbers.CNAME ? undefined : entry.CNAME?.[0];
    if (next !== undefined) answers.push({ name, type: 'CNAME', value: next });
    name = next;
  }
  return answers;
}
