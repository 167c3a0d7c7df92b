import { z } from 'zod';

/**
 * How fast a profile reads, thinks, types and sends. Every time is drawn from a seed, so a simulation and the real lane see the same
 * numbers. Defaults are the middle of what cautious field bots use (no messenger publishes numbers): 80-180 ms a key, half a minute
 * to a minute between messages, three to eight minutes of rest after thirty.
 */
export const PaceSettings = z.strictObject({
  /** `instant` and `compressed` are for labs and demos; both must be asked for by name. */
  mode: z.enum(['human', 'compressed', 'instant']).default('human'),
  /** How many times faster than a person everything inside one send is. Ignored unless the mode is `compressed`. */
  speed: z.number().min(1).max(1000).default(1),
  /** The same for what lies between sends. Absent: as `speed`. */
  gapSpeed: z.number().min(1).max(100_000).optional(),
  /** Median milliseconds between two keys; 80-180 are typical of field bots and of people (Dhakal et al. 2018: mean 52 wpm, 200 ms unskilled). */
  keyMs: z.number().min(20).max(1000).default(120),
  /** Spread of ln(interval): inter-key times are log-normal-like, 0.3-0.5 in published typing data. */
  keySigma: z.number().min(0.05).max(1).default(0.35),
  /** Median milliseconds of looking at the conversation before the first key, and between the last key and Enter. */
  thinkMs: z.number().min(0).max(60_000).default(1400),
  reviewMs: z.number().min(0).max(60_000).default(500),
  /** Silent reading: 238 words a minute (Brysbaert 2019), six signs a word with its space. */
  readCharactersPerSecond: z.number().min(5).max(200).default(24),
  /** Between two sends of one account: at least this, plus up to the spread. */
  gapSeconds: z.number().min(0).max(86_400).default(30),
  gapSpreadSeconds: z.number().min(0).max(86_400).default(30),
  /** After so many sends comes a longer break. */
  batchSize: z.number().int().min(1).max(10_000).default(30),
  breakMinutes: z.tuple([z.number().min(0), z.number().min(0)]).default([3, 8]),
});
export type PaceSettings = z.output<typeof PaceSettings>;

/** What is about to be done: open a conversation, type, press Enter after having typed, answer something that was read. */
export type Moment = 'open' | 'type' | 'commit' | 'answer';

export type Pace = {
  /** Milliseconds before each key of `keysOf(text)`. */
  typing(text: string): number[];
  /** Milliseconds to wait before a moment; for `answer`, `text` is what was received. */
  before(moment: Moment, text?: string): number;
  /** Milliseconds between send number `n` (from 1) of an account and the next. The same `n` gives the same gap, so a restart changes nothing. */
  betweenSends(n: number): number;
  /** Whether that gap is the longer break after a batch. */
  isBreakAfter(n: number): boolean;
};

/** The keys of a text as a person would press them: one per visible sign, an emoji being one. */
export function keysOf(text: string): string[] {
  return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), (part) => part.segment);
}

export function createPace({ seed, settings }: { seed: string; settings: PaceSettings }): Pace {
  const draws: Record<string, number> = {};
  const stream = (kind: string) => {
    draws[kind] = (draws[kind] ?? 0) + 1;
    return random(`${seed}/${kind}/${draws[kind]}`);
  };
  const speed = speedOf(settings);
  const isBreakAfter = (n: number) => n > 0 && n % settings.batchSize === 0;
  return {
    typing(text) {
      const draw = stream('typing');
      const keys = keysOf(text);
      return keys.map((_, index) => between(expectedMs(keys, index, settings) * Math.exp(settings.keySigma * normal(draw)), 30, 3000) / speed.inside);
    },
    before(moment, text = '') {
      const draw = stream(moment);
      const reading = moment === 'answer' ? (text.length / settings.readCharactersPerSecond) * 1000 : 0;
      const middle = moment === 'commit' ? settings.reviewMs : settings.thinkMs;
      return between((reading + middle) * Math.exp(0.4 * normal(draw)), 0, 10 * 60_000) / speed.inside;
    },
    betweenSends(n) {
      const draw = random(`${seed}/gap/${n}`);
      const [one, other] = settings.breakMinutes;
      const rest = isBreakAfter(n) ? (one + (other - one) * draw()) * 60_000 : 0;
      return (settings.gapSeconds * 1000 + settings.gapSpreadSeconds * 1000 * draw() + rest) / speed.gap;
    },
    isBreakAfter,
  };
}

/** How well measured times fit the model: Kolmogorov-Smirnov distance of the standardised logarithms against the normal law. */
export type Fit = { distance: number; threshold: number; samples: number; fits: boolean };

/**
 * Whether intervals between keys come from the model. With the `text` every interval is judged by its own expectation; without it the
 * times are judged as one mixture, which is coarser. The threshold is the 0.1 % quantile of the law plus 0.08 for the machine's own
 * latency (a key press is a round trip to the browser).
 */
export function fitsModel(intervals: readonly number[], settings: PaceSettings, text?: string): Fit {
  const keys = text === undefined ? [] : keysOf(text);
  const { inside } = speedOf(settings);
  const middle = text === undefined ? mixture(settings) : { ms: 0, sigma: settings.keySigma };
  const scores = intervals
    .map((ms, index) => Math.log(Math.max(1e-3, ms * inside) / (text === undefined ? middle.ms : expectedMs(keys, index, settings))) / middle.sigma)
    .sort((a, b) => a - b);
  const distance = scores.reduce((worst, score, index) => {
    const expected = normalCdf(score);
    return Math.max(worst, Math.abs(expected - index / scores.length), Math.abs(expected - (index + 1) / scores.length));
  }, 0);
  const threshold = 1.95 / Math.sqrt(Math.max(1, scores.length)) + (text === undefined ? 0.15 : 0.08);
  return { distance, threshold, samples: scores.length, fits: scores.length > 0 && Number.isFinite(inside) && distance <= threshold };
}

function speedOf(settings: PaceSettings): { inside: number; gap: number } {
  if (settings.mode === 'instant') return { inside: Number.POSITIVE_INFINITY, gap: Number.POSITIVE_INFINITY };
  if (settings.mode === 'human') return { inside: 1, gap: 1 };
  return { inside: settings.speed, gap: settings.gapSpeed ?? settings.speed };
}

const frequentPairs = new Set(['th', 'he', 'in', 'er', 'an', 're', 'on', 'en', 'at', 'es', 'st', 'ст', 'но', 'то', 'на', 'ен', 'ов']);

/** The median of one interval: what was just pressed and what comes next stretch it. */
function expectedMs(keys: readonly string[], index: number, settings: PaceSettings): number {
  const key = keys[index] ?? '';
  const previous = keys[index - 1] ?? '';
  let factor = 1;
  if (frequentPairs.has((previous + key).toLowerCase())) factor *= 0.8;
  if (key === previous) factor *= 0.85;
  if (key !== key.toLowerCase()) factor *= 1.3;
  if (previous === ' ') factor *= 1.2;
  if (/[,;:]/.test(previous)) factor *= 1.7;
  if (/[.!?\n]/.test(previous)) factor *= 3;
  if (/\p{Extended_Pictographic}/u.test(key)) factor *= 6;
  return settings.keyMs * factor;
}

const referenceText =
  'The words of a plain message, with a name like Anna and a question at the end? Yes. Then one more line follows, and that is all.';

/** Middle and spread of the mixture that plain prose makes of the single expectations. */
function mixture(settings: PaceSettings): { ms: number; sigma: number } {
  const keys = keysOf(referenceText);
  const logs = keys.map((_, index) => Math.log(expectedMs(keys, index, settings)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length;
  return { ms: Math.exp(mean), sigma: Math.sqrt(variance + settings.keySigma ** 2) };
}

const between = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** A small seeded generator (mulberry32 over an FNV-1a hash): good enough for rhythm, never for secrets. */
function random(seed: string): () => number {
  let state = 2166136261;
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Box-Muller. */
function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Zelen and Severo's approximation (Abramowitz and Stegun 26.2.17), error below 7.5e-8. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    0.3989422804 * Math.exp((-x * x) / 2) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x >= 0 ? 1 - tail : tail;
}
