import type { Page } from 'playwright';
import type { ScreenState } from '#core/profile.ts';
import type { LoadedPack } from '#core/script.ts';
import { count, type Eyes, holdStored, localeOf, plainStored } from './look.ts';

/** Which screen is shown. `evidence` names the selector (and its tier) that proved it; texts of the page are never in it. */
export type Screen = { is: ScreenState; why: string | null; evidence: string | null; tier: number | null };

export type ProbeOptions = { language?: string; signal?: AbortSignal };

/** The first state of the pack that holds. `unknown` when none does, which is normal for the first moments of a load. */
export async function probeState(page: Page, pack: LoadedPack, options: ProbeOptions = {}): Promise<Screen> {
  const { language = pack.locale.default, signal = AbortSignal.timeout(20_000) } = options;
  return probeWith({ page, pack, locale: localeOf(pack, language), inputs: {}, signal, kept: new Set() });
}

export async function probeWith(eyes: Eyes): Promise<Screen> {
  const { states } = eyes.pack;
  const names = [...new Set(states.flatMap((state) => [...(state.visible ?? []), ...(state.hidden ?? [])]))];
  const url = eyes.page.url();
  const counts = await count(eyes, names);
  const claims = states.flatMap((state) => (state.stored ? [plainStored(state.stored, {})] : []));
  const stored = claims.length > 0 ? await holdStored(eyes, claims) : [];
  const storedOf = new Map(states.filter((state) => state.stored).map((state, index) => [state, stored[index] ?? false]));
  const shows = (name: string) => (counts[name]?.count ?? 0) > 0;
  for (const state of states) {
    if (state.urlHas && !url.includes(state.urlHas)) continue;
    if (state.visible && !state.visible.every(shows)) continue;
    if (state.hidden?.some(shows)) continue;
    if (state.stored && !storedOf.get(state)) continue;
    const [evidence = null] = state.visible ?? [];
    return { is: state.is, why: state.why ?? null, evidence, tier: evidence ? (counts[evidence]?.tier ?? null) : null };
  }
  return { is: 'unknown', why: null, evidence: null, tier: null };
}
