import type { Page } from 'playwright';
import type { LoadedPack } from '#core/script.ts';
import { type Eyes, localeOf, lookAtTiers, readItems, release } from './look.ts';
import type { TierLook } from './page-look.ts';
import { probeWith, type Screen } from './probe-state.ts';

/** `first`: the surest tier finds something; `fallback`: only a lower one does; `absent`: none, which on another screen is as it should be. */
export type Finding = { selector: string; tiers: TierLook[]; is: 'first' | 'fallback' | 'absent'; isOptional: boolean };
export type Examination = { screen: Screen; findings: Finding[] };

/** What a pack sees on a page: the screen, and for each selector what each of its tiers finds there. Reads no text. */
export async function examinePage(page: Page, pack: LoadedPack, options: { language?: string; signal: AbortSignal }): Promise<Examination> {
  const eyes = eyesOn(page, pack, options);
  const screen = await probeWith(eyes);
  // What needs an input of a flow is looked for without one.
  const names = Object.keys(pack.selectors).filter((name) => !needsInput(pack, name));
  const looks = await lookAtTiers(eyes, names);
  const findings = names.map((selector): Finding => {
    const tiers = looks[selector] ?? [];
    const found = tiers.findIndex(({ count }) => count > 0);
    return { selector, tiers, is: verdict(found), isOptional: pack.selectors[selector]?.optional ?? false };
  });
  return { screen, findings };
}

/** The fields of the items of one selector, for its author's eyes. */
export async function readFields(
  page: Page,
  pack: LoadedPack,
  options: { selector: string; language?: string; signal: AbortSignal },
): Promise<Record<string, string | null>[]> {
  const eyes = eyesOn(page, pack, options);
  const { items } = await readItems(eyes, options.selector, 20);
  await release(eyes);
  return items.map(({ values }) => values);
}

function verdict(found: number): Finding['is'] {
  if (found < 0) return 'absent';
  return found === 0 ? 'first' : 'fallback';
}

function eyesOn(page: Page, pack: LoadedPack, { language, signal }: { language?: string; signal: AbortSignal }): Eyes {
  return { page, pack, locale: localeOf(pack, language ?? pack.locale.default), inputs: {}, signal, kept: new Set() };
}

function needsInput(pack: LoadedPack, name: string): boolean {
  const selector = pack.selectors[name];
  if (!selector) return false;
  return selector.any.some(({ css }) => css.includes('{{')) || (selector.in !== undefined && needsInput(pack, selector.in));
}
