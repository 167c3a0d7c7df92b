import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepAlive } from './keep-alive.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a line that answers lives on, and one that is silent until the next ping is ended', () => {
  const line = Object.assign(new EventEmitter(), { ping: vi.fn(), terminate: vi.fn() });
  keepAlive(line);
  for (let nth = 0; nth < 3; nth += 1) {
    vi.advanceTimersByTime(10_000);
    line.emit('pong');
  }
  vi.advanceTimersByTime(10_000);
  expect(line.ping).toHaveBeenCalledTimes(4);
  expect(line.terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(line.terminate).toHaveBeenCalledOnce();
  line.emit('close');
  expect(vi.getTimerCount()).toBe(0);
});
