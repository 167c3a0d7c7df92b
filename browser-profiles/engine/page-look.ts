/**
 * The only code that runs inside a messenger's page: it finds elements by tiers, counts them and reads fields. It must be one
 * self-contained function, because Playwright sends its source; that is why it is longer than a function here may be.
 */
export type PlainTier = { css: string; texts: string[] | null; labels: string[] | null; held: string[] | null; minHeight: number };
export type PlainSelector = { tiers: PlainTier[]; scope: PlainSelector | null; unseen: boolean; asDrawn: boolean; placeholder: string | null };
export type PlainStored = { where: string; database?: string; key: string[]; path?: string; equals?: string | number | boolean };
export type PlainCase = {
  is: string;
  has?: string[];
  hasNot?: string[];
  icon?: string;
  tint?: 'grey' | 'blue';
  labels: string[] | null;
  side?: { of: string; content: string; at: 'left' | 'right' };
  stored?: PlainStored;
};
export type PlainField = {
  from: string[];
  without: string[];
  match: string | null;
  as: string;
  map: Record<string, string>;
  cases: PlainCase[];
  otherwise: string | null;
};
export type Item = { values: Record<string, string | null>; isPlaceholder: boolean };
export type LookRequest = {
  want: 'counts' | 'element' | 'items' | 'stored' | 'tiers';
  selectors: Record<string, PlainSelector>;
  fields: Record<string, PlainField>;
  /** For an element: the fields that must be equal. */
  where: Record<string, string>;
  stored: PlainStored[];
  stamps: string[];
  max: number;
};
export type Counts = Record<string, { tier: number; count: number }>;
/** What one tier finds by itself, and whether that is what the first tier that finds something has found; `nested`: inside or around it. */
export type TierLook = { count: number; agrees: 'none' | 'same' | 'nested' | 'other' };
/** What each `want` answers: counts by name; an element or null; items with their tier; whether each stored claim holds; each tier by itself. */
export type LookAnswer = Counts | Element | null | { tier: number; items: Item[] } | boolean[] | Record<string, TierLook[]>;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: sent to the page as one piece
export async function lookInPage(request: LookRequest): Promise<LookAnswer> {
  const marks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
  const plain = (text: string) => text.normalize('NFC').replace(marks, '').replace(/\s+/g, ' ').trim();
  const folded = (text: string) => plain(text).toLowerCase();

  const isShown = (element: Element, minHeight: number) => {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const boxes = [...element.getClientRects()];
    if (minHeight > 0) return boxes.some((box) => box.height >= minHeight);
    return boxes.some((box) => box.width > 0 || box.height > 0) || getComputedStyle(element).display === 'contents';
  };
  const fits = (element: Element, tier: PlainTier, unseen: boolean) => {
    if (!unseen && !isShown(element, tier.minHeight)) return false;
    if (tier.labels && !tier.labels.some((label) => folded(element.getAttribute('aria-label') ?? '') === folded(label))) return false;
    const held = tier.held && [...element.querySelectorAll('[aria-label]')].map((part) => folded(part.getAttribute('aria-label') ?? ''));
    if (held && !tier.held?.some((phrase) => held.some((label) => label.includes(folded(phrase))))) return false;
    return !tier.texts || tier.texts.some((text) => folded(element.textContent ?? '').includes(folded(text)));
  };
  const find = (selector: PlainSelector): { tier: number; elements: Element[] } => {
    const scopes: ParentNode[] = selector.scope ? find(selector.scope).elements : [document];
    for (const [tier, one] of selector.tiers.entries()) {
      const elements = scopes.flatMap((scope) => [...scope.querySelectorAll(one.css)]).filter((element) => fits(element, one, selector.unseen));
      const each = [...new Set(elements)];
      if (selector.asDrawn) each.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
      if (each.length > 0) return { tier, elements: each };
    }
    return { tier: -1, elements: [] };
  };

  const agreement = (first: Element[], others: Element[]): TierLook['agrees'] => {
    if (others.length === 0) return 'none';
    if (others.length !== first.length) return 'other';
    if (others.every((element) => first.includes(element))) return 'same';
    return others.every((element) => first.some((one) => one.contains(element) || element.contains(one))) ? 'nested' : 'other';
  };
  const lookAtTiers = (selector: PlainSelector): TierLook[] => {
    const found = selector.tiers.map((tier) => find({ ...selector, tiers: [tier] }).elements);
    const first = found.find((elements) => elements.length > 0) ?? [];
    return found.map((elements) => ({ count: elements.length, agrees: agreement(first, elements) }));
  };

  /** Text as a person reads it: emoji pictures by their alt, line breaks kept, excluded parts left out. */
  const textOf = (node: Node, without: string): string => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? '';
    if (!(node instanceof Element)) return '';
    if (without && node.matches(without)) return '';
    if (node.tagName === 'IMG') return node.getAttribute('alt') ?? '';
    if (node.tagName === 'BR') return '\n';
    return [...node.childNodes].map((child) => textOf(child, without)).join('');
  };
  const read = (item: Element, source: string, without: string): string | null => {
    if (source === 'location:hash') return location.hash;
    if (source.startsWith('localStorage:')) return localStorage.getItem(source.slice('localStorage:'.length));
    const at = source.lastIndexOf('@');
    const css = at < 0 ? source : source.slice(0, at);
    const isOwn = css === '' || css === '.';
    const part = isOwn ? item : [...item.querySelectorAll(css)].find((found) => !without || !found.closest(without));
    if (!part) return null;
    return at < 0 ? textOf(part, without) : part.getAttribute(source.slice(at + 1));
  };

  const letters: Record<string, string> = {
    yyyy: '(?<y>\\d{4})',
    MM: '(?<M>\\d{1,2})',
    M: '(?<M>\\d{1,2})',
    dd: '(?<d>\\d{1,2})',
    d: '(?<d>\\d{1,2})',
  };
  Object.assign(letters, { HH: '(?<h>\\d{1,2})', H: '(?<h>\\d{1,2})', h: '(?<h>\\d{1,2})', mm: '(?<m>\\d{2})', a: '(?<a>[aApP])\\.?\\s?[mM]\\.?' });
  /** A written time in the page's own zone, by the first format that fits wholly. */
  const stampOf = (text: string): string | null => {
    for (const format of request.stamps) {
      const source = format.replace(/yyyy|MM|M|dd|d|HH|H|h|mm|a|[\\^$.*+?()[\]{}|/]/g, (token) => letters[token] ?? `\\${token}`);
      const groups = new RegExp(`^${source.replace(/\s+/g, '\\s*')}$`, 'u').exec(text)?.groups;
      if (!groups?.y) continue;
      const half = groups.a?.toLowerCase();
      const hour = half ? (Number(groups.h) % 12) + (half === 'p' ? 12 : 0) : Number(groups.h);
      const time = new Date(Number(groups.y), Number(groups.M) - 1, Number(groups.d), hour, Number(groups.m));
      return Number.isNaN(time.getTime()) ? null : time.toISOString();
    }
    return null;
  };
  /** Arabic-Indic and Persian digits begin at a multiple of 16, Devanagari's six later. */
  const latinDigits = (text: string) => text.replace(/[٠-٩۰-۹०-९]/g, (digit) => String((digit.charCodeAt(0) - (digit >= '०' ? 6 : 0)) & 15));
  const instant = (time: number) => (Number.isNaN(time) ? null : new Date(time).toISOString());
  const shapes: Record<string, (text: string) => string | null> = {
    text: (text) => text,
    plain,
    digits: (text) => text.replace(/\D/g, '') || null,
    phone: (text) => (/\d/.test(text) ? `+${text.replace(/\D/g, '')}` : null),
    count: (text) => {
      // "1.2K": pages shorten what is long.
      const [, digits = '', unit = ''] = /^(\d+(?:[.,\u066b]\d)?)([KM])$/.exec(plain(latinDigits(text))) ?? [];
      if (digits !== '') return String(Math.round(Number(digits.replace(/[^\d]/, '.')) * (unit === 'K' ? 1e3 : 1e6)));
      return latinDigits(text).replace(/\D/g, '') || (text.trim() ? '1' : null);
    },
    iso: (text) => instant(Date.parse(text)),
    epochSeconds: (text) => instant(Number(text) * 1000),
    epochMillis: (text) => instant(Number(text)),
    stamp: (text) => stampOf(plain(text)),
  };

  const iconOf = (item: Element, pattern: string): Element | null => {
    const expression = new RegExp(pattern, 'u');
    const named = [...item.querySelectorAll('svg, [data-icon]')].filter((icon) => {
      const title = icon.querySelector(':scope > title')?.textContent ?? '';
      return [title, icon.getAttribute('data-icon') ?? ''].some((name) => name !== '' && expression.test(name));
    });
    return named.at(-1) ?? null;
  };
  const tintOf = (icon: Element): 'grey' | 'blue' | 'other' => {
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(icon).color.match(/[\d.]+/g) ?? []).map(Number);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) <= 24) return 'grey';
    return blue - red > 60 && blue >= green ? 'blue' : 'other';
  };
  const liesAt = (item: Element, { of, content, at }: NonNullable<PlainCase['side']>): boolean => {
    const frame = item.closest(of)?.getBoundingClientRect();
    const box = (content === '.' ? item : item.querySelector(content))?.getBoundingClientRect();
    if (!frame || !box || box.width === 0) return false;
    const offset = box.left + box.width / 2 - (frame.left + frame.width / 2);
    return at === 'right' ? offset > 2 : offset < -2;
  };

  const contains = (key: string, parts: string[]) => {
    let from = 0;
    for (const part of parts) {
      const found = key.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return true;
  };
  const answered = <T>(ask: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      ask.onsuccess = () => resolve(ask.result);
      ask.onerror = () => reject(ask.error);
    });
  const readDatabase = async (name: string, parts: string[]): Promise<unknown[]> => {
    // Opening a database that does not exist would create it.
    if (!(await indexedDB.databases()).some((known) => known.name === name)) return [];
    const database = await answered(indexedDB.open(name));
    try {
      const found: unknown[] = [];
      for (const store of database.objectStoreNames) {
        const rows = database.transaction(store).objectStore(store);
        const keys = (await answered(rows.getAllKeys())).filter((key) => typeof key === 'string' && contains(key, parts));
        for (const key of keys) found.push(await answered(rows.get(key)));
      }
      return found;
    } finally {
      database.close();
    }
  };
  const parsed = (text: unknown) => {
    if (typeof text !== 'string') return text;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  const holds = async (claim: PlainStored, id: string): Promise<boolean> => {
    const parts = claim.key.map((part) => part.replaceAll('{{@id}}', id));
    const web = claim.where === 'localStorage' ? localStorage : sessionStorage;
    const found =
      claim.where === 'indexedDB'
        ? await readDatabase(claim.database ?? '', parts)
        : Object.keys(web).flatMap((key) => (contains(key, parts) ? [web.getItem(key)] : []));
    return found.some((value) => {
      if (claim.path === undefined && claim.equals === undefined) return true;
      // Whatever JSON holds may be walked into; anything else is undefined.
      const inner = (claim.path ?? '')
        .split('.')
        .reduce((at, step) => (step === '' ? at : (at as Record<string, unknown> | null)?.[step]), parsed(value));
      return claim.equals === undefined ? inner !== undefined : inner === claim.equals;
    });
  };

  const fitsCase = async (item: Element, one: PlainCase, id: string): Promise<boolean> => {
    if (one.has && !one.has.some((css) => item.matches(css) || item.querySelector(css))) return false;
    if (one.hasNot?.some((css) => item.matches(css) || item.querySelector(css))) return false;
    const icon = one.icon ? iconOf(item, one.icon) : null;
    if (one.icon && !icon) return false;
    if (one.tint && (!icon || tintOf(icon) !== one.tint)) return false;
    if (one.labels) {
      const labels = [...item.querySelectorAll('[aria-label]')].map((part) => folded(part.getAttribute('aria-label') ?? ''));
      if (!one.labels.some((label) => labels.includes(folded(label)))) return false;
    }
    if (one.side && !liesAt(item, one.side)) return false;
    return !one.stored || (await holds(one.stored, id));
  };
  const valueFor = async (item: Element, field: PlainField, id: string): Promise<string | null> => {
    for (const one of field.cases) {
      if (await fitsCase(item, one, id)) return one.is;
    }
    const without = field.without.join(',');
    for (const source of field.from) {
      const raw = read(item, source, without);
      if (raw === null) continue;
      const match = field.match === null ? null : new RegExp(field.match, 'u').exec(raw);
      if (field.match !== null && !match) continue;
      const value = (shapes[field.as] ?? plain)(match ? (match[1] ?? match[0]) : raw);
      if (value === null || value === '') continue;
      return field.map[value] ?? value;
    }
    return field.otherwise;
  };
  const valuesOf = async (item: Element): Promise<Record<string, string | null>> => {
    const { id: idField } = request.fields;
    const id = idField ? ((await valueFor(item, idField, '')) ?? '') : '';
    const values: Record<string, string | null> = {};
    for (const [name, field] of Object.entries(request.fields)) values[name] = await valueFor(item, field, id);
    return values;
  };

  if (request.want === 'stored') return Promise.all(request.stored.map((claim) => holds(claim, '')));
  if (request.want === 'tiers') return Object.fromEntries(Object.entries(request.selectors).map(([name, selector]) => [name, lookAtTiers(selector)]));
  const found = Object.entries(request.selectors).map(([name, selector]) => [name, find(selector)] as const);
  if (request.want === 'counts') return Object.fromEntries(found.map(([name, { tier, elements }]) => [name, { tier, count: elements.length }]));
  const [first] = found;
  const elements = first?.[1].elements ?? [];
  if (request.want === 'element') {
    for (const element of elements) {
      const values = await valuesOf(element);
      if (Object.entries(request.where).every(([name, wanted]) => folded(values[name] ?? '') === folded(wanted))) return element;
    }
    return null;
  }
  const placeholder = first ? request.selectors[first[0]]?.placeholder : null;
  const items: Item[] = [];
  for (const element of elements.slice(-request.max)) {
    const isPlaceholder = Boolean(placeholder && (element.matches(placeholder) || element.querySelector(placeholder)));
    items.push({ values: await valuesOf(element), isPlaceholder });
  }
  return { tier: first?.[1].tier ?? -1, items };
}
