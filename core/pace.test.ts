import { expect, test } from 'vitest';
import { createPace, fitsModel, keysOf, PaceSettings } from './pace.ts';

const settings = PaceSettings.parse({});
const text = 'Hello Anna, the parcel is here. Would you like to fetch it today, or shall we bring it tomorrow? Either is fine with us.';

test('the same seed types the same rhythm, another seed another one', () => {
  const rhythm = (seed: string) => createPace({ seed, settings }).typing(text);
  expect(rhythm('a')).toEqual(rhythm('a'));
  expect(rhythm('a')).not.toEqual(rhythm('b'));
});

test('typing the same text twice does not repeat the rhythm', () => {
  const pace = createPace({ seed: 'a', settings });
  expect(pace.typing(text)).not.toEqual(pace.typing(text));
});

test('there is one interval for each key, an emoji being one key', () => {
  expect(keysOf('ok 👩‍👩‍👧!')).toHaveLength(5);
  expect(createPace({ seed: 'a', settings }).typing('ok 👩‍👩‍👧!')).toHaveLength(5);
});

test('most keys of a person take 80 to 180 ms', () => {
  const intervals = createPace({ seed: 'middle', settings }).typing(text.repeat(20));
  const typical = intervals.filter((ms) => ms >= 80 && ms <= 180);
  expect(typical.length / intervals.length).toBeGreaterThan(0.55);
});

test('a sentence end is followed by a longer pause than a letter', () => {
  const intervals = createPace({ seed: 'pause', settings }).typing('ab. '.repeat(300));
  const mean = (rest: number) => intervals.filter((_, i) => i % 4 === rest).reduce((sum, ms) => sum + ms, 0) / 300;
  expect(mean(3)).toBeGreaterThan(2 * mean(1));
});

test('generated rhythms fit the model, with and without their text, for many seeds', () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const intervals = createPace({ seed: String(seed), settings }).typing(text);
    expect(fitsModel(intervals, settings, text).fits, `seed ${seed}`).toBe(true);
    expect(fitsModel(intervals, settings).fits, `seed ${seed} without text`).toBe(true);
  }
});

test('a metronome, a uniform delay and an instant paste do not fit', () => {
  const keys = keysOf(text);
  const uniform = createPace({ seed: 'u', settings });
  expect(
    fitsModel(
      keys.map(() => 120),
      settings,
      text,
    ).fits,
  ).toBe(false);
  const long = text.repeat(10);
  expect(
    fitsModel(
      keysOf(long).map((_, i) => 100 + ((i * 37) % 40)),
      settings,
      long,
    ).fits,
  ).toBe(false);
  expect(
    fitsModel(
      keys.map(() => 1),
      settings,
      text,
    ).fits,
  ).toBe(false);
  expect(
    fitsModel(
      uniform.typing(text).map((ms) => ms / 3),
      settings,
      text,
    ).fits,
  ).toBe(false);
});

test('a compressed pace is the same rhythm, only faster', () => {
  const compressed = PaceSettings.parse({ mode: 'compressed', speed: 10, gapSpeed: 1000 });
  const slow = createPace({ seed: 'a', settings });
  const fast = createPace({ seed: 'a', settings: compressed });
  const slowKeys = slow.typing(text);
  fast.typing(text).forEach((ms, index) => {
    expect(ms).toBeCloseTo((slowKeys[index] ?? 0) / 10, 6);
  });
  expect(fast.betweenSends(1)).toBeCloseTo(slow.betweenSends(1) / 1000, 6);
  expect(fitsModel(createPace({ seed: 'b', settings: compressed }).typing(text), compressed, text).fits).toBe(true);
});

test('instant has no waits at all and must be named', () => {
  const pace = createPace({ seed: 'a', settings: PaceSettings.parse({ mode: 'instant' }) });
  expect([...pace.typing('abc'), pace.before('type'), pace.betweenSends(30)]).toEqual([0, 0, 0, 0, 0]);
  const human = createPace({ seed: 'a', settings: PaceSettings.parse({ speed: 50, gapSpeed: 50 }) });
  expect(human.betweenSends(1)).toBeGreaterThanOrEqual(30_000);
});

test('reading before an answer takes time in proportion to the text', () => {
  const pace = (length: number) => {
    const one = createPace({ seed: 'r', settings });
    return one.before('answer', 'x'.repeat(length));
  };
  expect(pace(2400) - pace(0)).toBeGreaterThan(10 * (pace(120) - pace(0)));
});

test('gaps keep their minimum and spread, a batch ends with a long break, and a restart changes no gap', () => {
  const pace = createPace({ seed: 'g', settings });
  for (let n = 1; n < 30; n += 1) {
    expect(pace.betweenSends(n)).toBeGreaterThanOrEqual(30_000);
    expect(pace.betweenSends(n)).toBeLessThanOrEqual(60_000);
    expect(pace.betweenSends(n)).toBe(createPace({ seed: 'g', settings }).betweenSends(n));
  }
  expect(pace.betweenSends(30)).toBeGreaterThanOrEqual(30_000 + 3 * 60_000);
  expect(pace.betweenSends(30)).toBeLessThanOrEqual(60_000 + 8 * 60_000);
});
