import { createSocket } from 'node:dgram';
import type { Page } from 'playwright';

/** A UDP socket on loopback that nobody may reach: proxies carry no UDP, so whatever arrives here came past them. */
export type Witness = { port: number; arrivals(): number } & AsyncDisposable;

export async function startWitness(): Promise<Witness> {
  let arrivals = 0;
  const socket = createSocket('udp4').on('message', () => {
    arrivals += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: socket.address().port,
    arrivals: () => arrivals,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

/** Each way in which a page reaches the network, or makes the browser reach it: names, bare addresses, sockets, hints, WebRTC by UDP and TCP. */
export async function roam(page: Page, { port, nth }: { port: number; nth: number }): Promise<void> {
  const tries = `(async () => {
    const soon = (work) => Promise.race([Promise.resolve().then(work).catch(() => 0), new Promise((done) => setTimeout(done, 1500))]);
    const hint = (rel, href) => document.head.append(Object.assign(document.createElement('link'), { rel, href }));
    hint('dns-prefetch', '//prefetch${nth}.example.net');
    hint('preconnect', 'https://preconnect${nth}.example.net');
    hint('prefetch', 'http://127.0.0.1:${port}/prefetch${nth}');
    navigator.sendBeacon('http://127.0.0.1:${port}/beacon${nth}', 'x');
    Object.assign(new Image(), { src: 'http://198.51.100.9/image${nth}' });
    const peer = new RTCPeerConnection({ iceServers: [
      { urls: ['stun:127.0.0.1:${port}', 'stun:203.0.113.5:3478', 'stun:stun${nth}.example.org'] },
      { urls: ['turn:127.0.0.1:${port}', 'turn:127.0.0.1:${port}?transport=tcp', 'turns:turn${nth}.example.org?transport=tcp'], username: 'a', credential: 'b' },
    ] });
    peer.createDataChannel('x');
    const gathered = new Promise((done) => { peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done() });
    await Promise.all([
      soon(() => fetch('https://fetch${nth}.example.com/', { mode: 'no-cors' })),
      soon(() => fetch('http://127.0.0.1:${port}/fetch${nth}', { mode: 'no-cors' })),
      soon(() => fetch('http://[2001:db8::7]/', { mode: 'no-cors' })),
      soon(() => new Promise((done) => { new WebSocket('ws://127.0.0.1:${port}/').onerror = done })),
      soon(() => new Promise((done) => { new WebSocket('wss://socket${nth}.example.com/').onerror = done })),
      soon(async () => new WebTransport('https://127.0.0.1:${port}/').ready),
      soon(async () => { await peer.setLocalDescription(await peer.createOffer()); await gathered }),
    ]);
    peer.close();
  })()`;
  // A page that a dying proxy took away cannot try anything; the ones before and after it do.
  await page.evaluate(tries).catch(() => undefined);
}
