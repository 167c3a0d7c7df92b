import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { listen } from '#lab/messenger/event-log.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import type { Lab } from './store.ts';
import { lidOf } from './store.ts';

/**
 * Keeps the lab's memory in one JSON file, so that it can be started again: read once, written at rest and at the end. It is no
 * database: what happened in the last `restMs` before a kill -9 of the lab itself is lost.
 */
const kept = ['accounts', 'peers', 'devices', 'messages', 'chats'] as const;
const restMs = 300;

export function loadLab(lab: Lab, file: string): void {
  if (!existsSync(file)) return;
  const saved = JSON.parse(readFileSync(file, 'utf8'));
  for (const name of kept) {
    for (const [key, value] of saved[name] ?? []) lab[name].set(key, value);
  }
  for (const { peer } of lab.chats.values()) lidOf(lab, peer);
}

/** Returns how to write at once and stop. */
export function keepLab(lab: Lab, file: string, timers: Timers): () => void {
  const write = () => {
    const maps = kept.map((name) => [name, [...lab[name]]]);
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(maps)));
    renameSync(`${file}.new`, file);
  };
  let isDue = false;
  const stopListening = listen(lab, () => {
    if (isDue) return;
    isDue = true;
    timers.after(restMs, () => {
      isDue = false;
      write();
    });
  });
  return () => {
    stopListening();
    write();
  };
}
