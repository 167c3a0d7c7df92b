/** What is needed of a WebSocket that is open. */
interface PingedLine {
  on(event: 'pong' | 'error' | 'close', listener: () => void): unknown;
  ping(): void;
  terminate(): void;
}

const pingMs = 10_000;

/** Pings an open line and ends it when the other side has not answered until the next ping: a machine that is gone closes nothing by itself. */
export function keepAlive(line: PingedLine): void {
  let isAnswering = true;
  const ping = setInterval(() => {
    if (!isAnswering) return line.terminate();
    isAnswering = false;
    line.ping();
  }, pingMs);
  line.on('pong', () => {
    isAnswering = true;
  });
  line.on('error', () => line.terminate());
  line.on('close', () => clearInterval(ping));
}
