import type { WebSocket } from 'ws';
import type { Timers } from './timers.ts';

/** How the wire between a page and the server is right now. */
export type WireFaults = { latencyMs: number; isFrozen?: boolean };
export type Line<Frame> = { post: (frame: Frame) => void; receive: (work: () => void) => void };

/** How often a frozen line looks whether it may go on. */
const thawMs = 50;

/** Delays frames in order by the account's latency, also when that shrinks; while the account is frozen both directions wait. */
export function createLine<Frame>(timers: Timers, socket: WebSocket, faults: () => WireFaults | null): Line<Frame> {
  const waiting: { dueAt: number; work: () => void }[] = [];
  let isTicking = false;
  const isFrozen = () => faults()?.isFrozen === true;
  const tick = () => {
    isTicking = false;
    while (waiting[0] && !isFrozen() && waiting[0].dueAt <= performance.now()) waiting.shift()?.work();
    if (waiting[0]) schedule();
  };
  const schedule = () => {
    if (isTicking || socket.readyState > 1) return;
    isTicking = true;
    const rest = (waiting[0]?.dueAt ?? 0) - performance.now();
    timers.after(isFrozen() ? thawMs : Math.max(0, rest), tick);
  };
  const put = (delayMs: number, work: () => void) => {
    if (waiting.length === 0 && delayMs === 0 && !isFrozen()) {
      work();
      return;
    }
    waiting.push({ dueAt: Math.max(performance.now() + delayMs, waiting.at(-1)?.dueAt ?? 0), work });
    schedule();
  };
  return {
    post: (frame) => put(faults()?.latencyMs ?? 0, () => socket.readyState === 1 && socket.send(JSON.stringify(frame))),
    receive: (work) => put(0, work),
  };
}
