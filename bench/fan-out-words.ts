import type { Event } from '#core/events.ts';

/** What the processes of `fan-out.ts` tell each other. */
export type ClientsAsk =
  | { kind: 'open'; rooms: { url: string; token: string | null }[]; each: number }
  | { kind: 'cut'; times: number; everyMs: number; seed: number }
  /** When each page has heard `each`, or after a while. */
  | { kind: 'collect'; each: number; wantsHeard: boolean };
export type ClientsAnswer = { kind: 'done' } | { kind: 'heard'; arrivals: { id: string; at: number }[]; heard: string[][]; isWhole: boolean };
export type BareAsk = { room: number; event: Event };
export type BareAnswer = { kind: 'listens'; port: number };

/** Milliseconds of the machine's monotonic clock, the same in every process. */
export const clockOf = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
