import { cpus, loadavg } from 'node:os';

/** One measured pair of legs, run one right after the other. */
export type Pair = { ours: number; bare: number };
export type Figure = {
  name: string;
  /** What `ours` and `bare` count, such as `mails per second`. */
  unit: string;
  pairs: Pair[];
  /** The median of ours / bare over the pairs, and the smallest and largest of them. */
  ratio: number;
  spread: readonly [number, number];
  /** The ratio that is promised, at least or (with `isMost`) at most; null where nothing is. */
  promised: number | null;
  isMost?: boolean;
  notes: Record<string, number | string>;
};
export type MeasureAsk = { pairs: number; size: number | null; dkim: boolean; say: (line: string) => void; signal: AbortSignal };
/** One figure, or several that were measured in the same run. */
export type Measure = (ask: MeasureAsk) => Promise<Figure | Figure[]>;

export function figureOf(figure: Omit<Figure, 'ratio' | 'spread'>): Figure {
  const ratios = figure.pairs.map((pair) => pair.ours / pair.bare);
  return { ...figure, ratio: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)] };
}

/** Legs alternate, and every other pair begins with the bare one, so that neither always meets the warmer machine. */
export async function alternate(pairs: number, ours: (nth: number) => Promise<number>, bare: (nth: number) => Promise<number>): Promise<Pair[]> {
  const measured: Pair[] = [];
  for (let nth = 0; nth < pairs; nth += 1) {
    if (nth % 2 === 0) {
      const mine = await ours(nth);
      measured.push({ ours: mine, bare: await bare(nth) });
    } else {
      const theirs = await bare(nth);
      measured.push({ ours: await ours(nth), bare: theirs });
    }
  }
  return measured;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
}

export function isKept({ promised, ratio, isMost }: Figure): boolean {
  if (promised === null) return true;
  return isMost ? ratio <= promised : ratio >= promised;
}

export function lineOf(figure: Figure): string {
  const [least, most] = figure.spread.map(short);
  const promise =
    figure.promised === null ? '' : `, promised at ${figure.isMost ? 'most' : 'least'} ${figure.promised}: ${isKept(figure) ? 'kept' : 'MISSED'}`;
  const notes = Object.entries(figure.notes).map(([name, value]) => `, ${name} ${value}`);
  const sides = `${short(median(figure.pairs.map((pair) => pair.ours)))} against ${short(median(figure.pairs.map((pair) => pair.bare)))} ${figure.unit}`;
  return `${figure.name}: ratio ${short(figure.ratio)} (${least}-${most}, ${figure.pairs.length} pairs), ${sides}${notes.join('')}${promise}`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

export type Machine = { cores: number; model: string; load: number };

/** The load of the last minute belongs beside every figure: on a busy machine both legs are slow, and not by the same factor. */
export function machine(): Machine {
  const all = cpus();
  return { cores: all.length, model: all[0]?.model ?? 'unknown', load: Number((loadavg()[0] ?? 0).toFixed(2)) };
}
