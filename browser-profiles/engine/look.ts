import type { ElementHandle, Page } from 'playwright';
import { Failure } from '#core/failure.ts';
import type { LoadedPack, LocalePack } from '#core/script.ts';
import type { Field, Selector } from '#core/script-selectors.ts';
import {
  type Counts,
  type Item,
  type LookRequest,
  lookInPage,
  type PlainField,
  type PlainSelector,
  type PlainStored,
  type TierLook,
} from './page-look.ts';
import { type Inputs, inCss, substitute } from './substitute.ts';
import { abortable, isNavigating, poll } from './wait.ts';

/** Eyes on one page through one pack: names of selectors go in, elements, counts and fields come out. */
export type Eyes = {
  page: Page;
  pack: LoadedPack;
  locale: LocalePack;
  inputs: Inputs;
  signal: AbortSignal;
  /** Elements that were picked. The page cannot forget them before `release`. */
  kept: Set<ElementHandle>;
};

/** Lets go of every element, also on a page that is gone. */
export async function release({ kept }: Eyes): Promise<void> {
  const handles = [...kept];
  kept.clear();
  await Promise.allSettled(handles.map((handle) => handle.dispose()));
}

/** The locale pack of a profile's language with what its region changes (en-GB.yaml), or the default one of the pack. */
export function localeOf(pack: LoadedPack, language: string): LocalePack {
  const base = pack.locales[language.slice(0, 2).toLowerCase()] ?? pack.locales[pack.locale.default];
  const region = pack.locales[language];
  return { phrases: { ...base?.phrases, ...region?.phrases }, stamps: region?.stamps ?? base?.stamps ?? [] };
}

export function selectorNamed(pack: LoadedPack, name: string): Selector {
  const selector = pack.selectors[name];
  if (!selector) throw new Failure('script_invalid', `The script has no selector "${name}".`);
  return selector;
}

/** How many visible elements each selector finds, and on which tier. Numbers only leave the page. */
export async function count(eyes: Eyes, names: readonly string[]): Promise<Counts> {
  // `counts` is answered with counts.
  return (await ask(eyes, { want: 'counts', selectors: plainAll(eyes, names) })) as Counts;
}

export async function isVisible(eyes: Eyes, name: string): Promise<boolean> {
  return ((await count(eyes, [name]))[name]?.count ?? 0) > 0;
}

/** What each tier of each selector finds by itself. Numbers only leave the page. */
export async function lookAtTiers(eyes: Eyes, names: readonly string[]): Promise<Record<string, TierLook[]>> {
  // `tiers` is answered with a list for each name.
  return (await ask(eyes, { want: 'tiers', selectors: plainAll(eyes, names) })) as Record<string, TierLook[]>;
}

/** The items of a selector in the order of the page, the last `max` of them, with their fields. */
export async function readItems(eyes: Eyes, name: string, max = 500): Promise<{ tier: number; items: Item[] }> {
  const request = { want: 'items' as const, selectors: plainAll(eyes, [name]), fields: plainFields(eyes, name), max };
  // `items` is answered with items.
  return (await ask(eyes, request)) as { tier: number; items: Item[] };
}

export async function holdStored(eyes: Eyes, stored: PlainStored[]): Promise<boolean[]> {
  // `stored` is answered with one boolean for each claim.
  return (await ask(eyes, { want: 'stored', stored })) as boolean[];
}

export type Target = { handle: ElementHandle<HTMLElement>; tier: number };

/** One element, waited for. Throws `element_missing` when it does not come. */
export async function need(eyes: Eyes, name: string, options: { where?: Record<string, string>; seconds?: number } = {}): Promise<Target> {
  const found = await poll({ seconds: options.seconds ?? 10, signal: eyes.signal }, async () => (await pick(eyes, name, options.where)) ?? undefined);
  if (!found) throw new Failure('element_missing', `The page does not show "${name}".`);
  return found;
}

/** One element if it is there now. */
export async function pick(eyes: Eyes, name: string, where: Record<string, string> = {}): Promise<Target | null> {
  const fields = Object.keys(where).length > 0 ? plainFields(eyes, name) : {};
  const request = requestOf(eyes, { want: 'element', selectors: plainAll(eyes, [name]), fields, where });
  const handle = await abortable(eyes.page.evaluateHandle(lookInPage, request), eyes.signal).catch((error: unknown) => {
    if (isNavigating(error)) return null;
    throw error;
  });
  // The page function answers `element` with an HTML element or null.
  const element = handle?.asElement() as ElementHandle<HTMLElement> | null | undefined;
  if (!element) return null;
  eyes.kept.add(element);
  return { handle: element, tier: (await count(eyes, [name]))[name]?.tier ?? 0 };
}

type Partly = Partial<LookRequest> & Pick<LookRequest, 'want'>;
const requestOf = (eyes: Eyes, request: Partly): LookRequest => ({
  selectors: {},
  fields: {},
  where: {},
  stored: [],
  stamps: eyes.locale.stamps,
  max: 500,
  ...request,
});

/** Asks the page; while it is navigating there is nothing to see, so it is asked again. */
async function ask(eyes: Eyes, request: Partly): Promise<unknown> {
  const full = requestOf(eyes, request);
  const answer = await poll({ seconds: 15, everyMs: 50, signal: eyes.signal }, async () => {
    try {
      return { value: await eyes.page.evaluate(lookInPage, full) };
    } catch (error) {
      if (isNavigating(error)) return undefined;
      throw error;
    }
  });
  if (!answer) throw new Failure('timed_out', 'The page never came to rest.');
  return answer.value;
}

const plainAll = (eyes: Eyes, names: readonly string[]): Record<string, PlainSelector> =>
  Object.fromEntries(names.map((name) => [name, plainSelector(eyes, name)]));

function plainSelector(eyes: Eyes, name: string): PlainSelector {
  const selector = selectorNamed(eyes.pack, name);
  return {
    tiers: selector.any.map((tier) => ({
      css: inCss(tier.css, eyes.inputs),
      texts: tier.text ? phrases(eyes, tier.text) : null,
      labels: tier.label ? phrases(eyes, tier.label) : null,
      held: tier.holds ? phrases(eyes, tier.holds) : null,
      minHeight: tier.minHeight ?? 0,
    })),
    scope: selector.in ? plainSelector(eyes, selector.in) : null,
    unseen: selector.unseen,
    asDrawn: selector.order === 'drawn',
    placeholder: selector.placeholder ?? null,
  };
}

const phrases = (eyes: Eyes, key: string): string[] => eyes.locale.phrases[key] ?? [];

export const plainStored = (stored: PlainStored, inputs: Inputs): PlainStored => ({
  ...stored,
  // `{{@id}}` is not an input: the page itself fills it in.
  key: stored.key.map((part) => substitute(part, inputs)),
});

function plainFields(eyes: Eyes, name: string): Record<string, PlainField> {
  return Object.fromEntries(Object.entries(selectorNamed(eyes.pack, name).fields ?? {}).map(([field, rule]) => [field, plainField(eyes, rule)]));
}

function plainField(eyes: Eyes, field: Field): PlainField {
  return {
    from: field.from ?? [],
    without: field.without ?? [],
    match: field.match ?? null,
    as: field.as,
    map: field.map ?? {},
    cases: (field.cases ?? []).map(({ label, stored, ...rest }) => ({
      ...rest,
      labels: label ? phrases(eyes, label) : null,
      ...(stored ? { stored: plainStored(stored, eyes.inputs) } : {}),
    })),
    otherwise: field.else ?? null,
  };
}
