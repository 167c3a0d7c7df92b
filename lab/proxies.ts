import { createServer, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';

/**
 * `die` closes every connection, `refuse` says no to each request, `hang` accepts and never answers, `lie` sends plain requests elsewhere
 * (`liesTo`) and opens tunnels in which nothing but nonsense comes back.
 */
export type ProxyFault = 'none' | 'die' | 'refuse' | 'hang' | 'lie';

/**
 * A proxy of the lab. `seen` lists the hosts it was asked for, names as they came (so a test sees who resolved them).
 * It carries everything to the loopback address, whatever name was asked for: nothing leaves the machine.
 */
export type LabProxy = { url: string; port: number; seen: string[]; setFault(fault: ProxyFault): void; close(): Promise<void> };
export type LabUser = { username: string; password: string };

/** Where a proxy that lies sends people: reserved for documentation, so nobody is there. */
export const liesTo = 'http://203.0.113.99/';
const nonsense = 'HTTP/1.1 999 You are somewhere else\r\n\r\n';

type Desk = { fault: ProxyFault; seen: string[]; user: LabUser | null };

export async function startHttpProxy(user: LabUser | null = null): Promise<LabProxy> {
  const desk: Desk = { fault: 'none', seen: [], user };
  const expected = user ? `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}` : undefined;
  const server = createServer((asked, answer) => {
    if (desk.fault === 'hang') return;
    if (desk.fault === 'refuse') return void answer.writeHead(403).end();
    if (expected && asked.headers['proxy-authorization'] !== expected) return void answer.writeHead(407).end();
    const target = new URL(asked.url ?? '');
    desk.seen.push(target.hostname);
    if (desk.fault === 'lie') return void answer.writeHead(302, { location: liesTo }).end();
    const onward = request({
      host: '127.0.0.1',
      port: target.port || 80,
      method: asked.method,
      path: target.pathname + target.search,
      headers: asked.headers,
    });
    onward.once('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.once('error', () => answer.writeHead(502).end());
    asked.pipe(onward);
  });
  server.on('connect', (asked, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    if (desk.fault === 'hang') return;
    if (desk.fault === 'refuse') return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    if (expected && asked.headers['proxy-authorization'] !== expected) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const at = asked.url?.lastIndexOf(':') ?? -1;
    desk.seen.push(asked.url?.slice(0, at) ?? '');
    if (desk.fault === 'lie') return void socket.end(`HTTP/1.1 200 Connection Established\r\n\r\n${nonsense}`);
    carry(socket, Number(asked.url?.slice(at + 1)), {
      open: () => socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'),
      fail: () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
    });
  });
  return listen(server, desk, 'http');
}

export async function startSocksProxy(user: LabUser | null = null): Promise<LabProxy> {
  const desk: Desk = { fault: 'none', seen: [], user };
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    // An exchange that breaks off is the client's affair; the socket is closed either way.
    void serveSocks(socket, desk).catch(() => socket.destroy());
  });
  return listen(server, desk, 'socks5');
}

/** RFC 1928 with the password method of RFC 1929; CONNECT only. */
async function serveSocks(socket: Socket, desk: Desk): Promise<void> {
  if (desk.fault === 'hang') return;
  const read = reader(socket);
  const methods = await read((await read(2))[1] ?? 0);
  const wanted = desk.user ? 2 : 0;
  if (!methods.includes(wanted)) return void socket.end(Buffer.from([5, 255]));
  socket.write(Buffer.from([5, wanted]));
  if (desk.user) {
    const name = await read((await read(2))[1] ?? 0);
    const password = await read((await read(1))[0] ?? 0);
    const isRight = name.toString() === desk.user.username && password.toString() === desk.user.password;
    socket.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) return void socket.end();
  }
  const kind = (await read(4))[3];
  if (kind !== 1 && kind !== 3) return void socket.end(Buffer.from([5, 8, 0, 1, 0, 0, 0, 0, 0, 0]));
  const host = kind === 1 ? [...(await read(4))].join('.') : (await read((await read(1))[0] ?? 0)).toString();
  const port = (await read(2)).readUInt16BE();
  if (desk.fault === 'refuse') return void socket.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]));
  desk.seen.push(host);
  if (desk.fault === 'lie') return void socket.end(Buffer.concat([Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from(nonsense)]));
  carry(socket, port, {
    open: () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])),
    fail: () => socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])),
  });
}

function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  return async (bytes) => {
    while (true) {
      if (bytes === 0) return Buffer.alloc(0);
      // A paused socket in byte mode returns a Buffer of exactly this length, or null while there is less.
      const got = socket.read(bytes) as Buffer | null;
      if (got) return got;
      await new Promise<void>((resolve, reject) => {
        const settle = () => {
          socket.off('readable', settle).off('close', settle);
          if (socket.destroyed) reject(new Error('closed'));
          else resolve();
        };
        socket.once('readable', settle).once('close', settle);
      });
    }
  };
}

function carry(socket: Socket, port: number, answer: { open(): void; fail(): void }): void {
  const onward = connect(port, '127.0.0.1');
  onward.once('connect', () => {
    answer.open();
    onward.pipe(socket);
    socket.pipe(onward);
  });
  onward.once('error', answer.fail);
  onward.once('close', () => socket.destroy());
  socket.once('close', () => onward.destroy());
}

async function listen(server: Server, desk: Desk, scheme: string): Promise<LabProxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    if (desk.fault === 'die') return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo, never a pipe name.
  const { port } = server.address() as AddressInfo;
  const user = desk.user ? `${encodeURIComponent(desk.user.username)}:${encodeURIComponent(desk.user.password)}@` : '';
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${scheme}://${user}127.0.0.1:${port}`,
    port,
    seen: desk.seen,
    setFault: (fault) => {
      desk.fault = fault;
      if (fault === 'die') hangUp();
    },
    close: () =>
      new Promise((resolve) => {
        hangUp();
        server.close(() => resolve());
      }),
  };
}
