import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Failure } from '#core/failure.ts';
import { child, escapeXml, parseXml, type XmlElement } from '#lab/converse/xml.ts';

export interface PeerOptions {
  websocketUrl: string;
  /** Account name, without the host. */
  user: string;
  password: string;
  host?: string;
  signal?: AbortSignal;
}

export interface PeerMessage {
  id: string;
  /** Account name of the sender. */
  from: string;
  text: string;
}

/** The other person of a conversation: writes, reads, and answers receipts as any client does. */
export interface Peer extends AsyncDisposable {
  jid: string;
  /** Resolves with the message's id when the server has taken it. */
  send(to: string, text: string): Promise<string>;
  onMessage(listener: (message: PeerMessage) => void): void;
  close(): Promise<void>;
}

const replyMs = 10_000;
const open = (host: string): string => `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${escapeXml(host)}" version="1.0"/>`;

/**
 * Signs in over WebSocket (RFC 7395) with SASL PLAIN and comes online.
 * @throws Failure `wrong_sign_in` when the password is refused, `site_unreachable` when the server does not answer or hangs up.
 */
export async function connectPeer({ websocketUrl, user, password, host = 'localhost', signal }: PeerOptions): Promise<Peer> {
  const line = await connectLine(websocketUrl, signal);
  await line.ask(open(host), (reply) => reply.name === 'stream:features');
  const proof = Buffer.from(`\0${user}\0${password}`).toString('base64');
  const verdict = await line.ask(
    `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${proof}</auth>`,
    ({ name }) => name === 'success' || name === 'failure',
  );
  if (verdict.name === 'failure') {
    await line.close();
    throw new Failure('wrong_sign_in', `Prosody does not accept the password of ${user}.`);
  }
  await line.ask(open(host), (reply) => reply.name === 'stream:features');
  const bound = await line.request('<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>', 'set');
  const jid = child(child(bound, 'bind') ?? bound, 'jid')?.text ?? `${user}@${host}`;
  const listeners = new Set<(message: PeerMessage) => void>();
  line.onStanza((stanza) => answer(stanza, line, listeners));
  line.say('<presence xmlns="jabber:client"/>');

  const close = async (): Promise<void> => {
    line.say('<presence xmlns="jabber:client" type="unavailable"/>');
    await line.close();
  };
  return {
    jid,
    async send(to, text) {
      const id = randomUUID();
      const receipt = `<request xmlns="urn:xmpp:receipts"/><origin-id xmlns="urn:xmpp:sid:0" id="${id}"/>`;
      line.say(
        `<message xmlns="jabber:client" to="${escapeXml(`${to}@${host}`)}" type="chat" id="${id}"><body>${escapeXml(text)}</body>${receipt}</message>`,
      );
      // The server handles stanzas of one stream in order, so its answer to this ping means that it has the message.
      await line.request('<ping xmlns="urn:xmpp:ping"/>', 'get');
      return id;
    },
    onMessage: (listener) => void listeners.add(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function answer(stanza: XmlElement, line: Line, listeners: Set<(message: PeerMessage) => void>): void {
  const { from = '', id = '', type } = stanza.attributes;
  if (stanza.name === 'iq' && (type === 'get' || type === 'set')) {
    const refusal = '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
    line.say(`<iq xmlns="jabber:client" type="error" id="${escapeXml(id)}" to="${escapeXml(from)}">${refusal}</iq>`);
  }
  const body = child(stanza, 'body');
  if (stanza.name !== 'message' || type === 'error' || !body) return;
  if (child(stanza, 'request')?.attributes.xmlns === 'urn:xmpp:receipts') {
    const receipt = `<received xmlns="urn:xmpp:receipts" id="${escapeXml(id)}"/>`;
    line.say(`<message xmlns="jabber:client" to="${escapeXml(from)}" type="chat" id="${randomUUID()}">${receipt}</message>`);
  }
  for (const tell of listeners) tell({ id, from: from.split('@')[0] ?? from, text: body.text });
}

interface Line {
  say(xml: string): void;
  /** Says it and waits for the first stanza that fits. */
  ask(xml: string, fits: (reply: XmlElement) => boolean): Promise<XmlElement>;
  request(payload: string, type: 'get' | 'set'): Promise<XmlElement>;
  onStanza(listener: (stanza: XmlElement) => void): void;
  close(): Promise<void>;
}

async function connectLine(url: string, signal?: AbortSignal): Promise<Line> {
  const socket = new WebSocket(url, 'xmpp');
  const listeners = new Set<(stanza: XmlElement) => void>();
  const lost = new AbortController();
  socket.on('error', (error) => lost.abort(new Failure('site_unreachable', 'Prosody does not answer.', { cause: error })));
  socket.on('close', () => lost.abort(new Failure('site_unreachable', 'Prosody has hung up.')));
  socket.on('message', (frame) => {
    const stanza = parseXml(String(frame));
    for (const listen of [...listeners]) listen(stanza);
  });
  const gone = AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]);
  await once(socket, 'open', { signal: gone }).catch(() => gone.throwIfAborted());

  const ask: Line['ask'] = (xml, fits) => {
    const { promise, resolve, reject } = Promise.withResolvers<XmlElement>();
    const deadline = AbortSignal.any([gone, AbortSignal.timeout(replyMs)]);
    const fail = (): void => reject(deadline.reason);
    const listen = (stanza: XmlElement): void => void (fits(stanza) && resolve(stanza));
    listeners.add(listen);
    deadline.addEventListener('abort', fail);
    socket.send(xml);
    return promise.finally(() => {
      listeners.delete(listen);
      deadline.removeEventListener('abort', fail);
    });
  };
  return {
    say: (xml) => socket.send(xml),
    ask,
    request(payload, type) {
      const id = randomUUID();
      return ask(`<iq xmlns="jabber:client" type="${type}" id="${id}">${payload}</iq>`, (reply) => reply.name === 'iq' && reply.attributes.id === id);
    },
    onStanza: (listener) => void listeners.add(listener),
    async close() {
      if (socket.readyState === WebSocket.CLOSED) return;
      const closed = once(socket, 'close');
      socket.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
      socket.close();
      await closed;
    },
  };
}
