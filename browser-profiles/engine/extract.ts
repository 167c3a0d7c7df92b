import type { Step } from '#core/script-steps.ts';
import { scrollList } from './bubbles.ts';
import { readItems } from './look.ts';
import type { Rows, Run } from './run.ts';
import type { StepNotes } from './trace.ts';
import { poll } from './wait.ts';

/** A list may draw its new rows a moment after it was scrolled. */
const drawSeconds = 0.3;

/** Reads the items of a selector into the result; of a list that draws only what is near, screen by screen from the top. */
export async function extractRows(run: Run, step: NonNullable<Step['extract']>, notes: StepNotes): Promise<void> {
  const read = async (): Promise<Rows> => {
    const { tier, items } = await readItems(run.eyes, step.from, step.through ? undefined : step.max);
    if (tier >= 0) notes.selectorTier = tier;
    return items.map((item) => item.values);
  };
  const rows = step.through ? await readThrough(run, { ...step, list: step.through }, read) : await read();
  run.rows[step.as] = unique(rows, step.unique).slice(0, step.through ? step.max : undefined);
}

type Through = { list: string; screens: number; max: number; unique?: string | undefined };

async function readThrough(run: Run, { list, screens, max, unique: by }: Through, read: () => Promise<Rows>): Promise<Rows> {
  await scrollList(run.eyes, list, 'top');
  let rows = unique(await read(), by);
  for (let screen = 1; screen < screens && rows.length < max; screen += 1) {
    if (!(await scrollList(run.eyes, list, 'down'))) break;
    const known = rows.length;
    await poll({ seconds: drawSeconds, everyMs: 50, signal: run.eyes.signal }, async () => {
      rows = unique([...rows, ...(await read())], by);
      return rows.length > known ? true : undefined;
    });
  }
  await scrollList(run.eyes, list, 'top');
  return rows;
}

function unique(rows: Rows, by: string | undefined): Rows {
  if (!by) return rows;
  return [...new Map(rows.filter((row) => row[by]).map((row) => [row[by], row])).values()];
}
