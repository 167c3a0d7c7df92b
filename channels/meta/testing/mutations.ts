import { parseWebhook } from '#channels/meta/parse-webhook.ts';
import type { Platform } from '#core/platform-event.ts';

type Path = readonly (string | number)[];
type Mutant = { path: Path; what: string; body: unknown };
type Sibling = { id: string; path: Path };

/** What stands where something else is expected. `undefined` drops the field. */
const wrongValues: readonly unknown[] = [undefined, null, '', 'constructor', 0, 1e308, true, [[null]], { id: {} }];

const lists: Record<string, (id: string) => unknown> = {
  entry: (id) => ({ id: 'sibling', messaging: [talk(id)], changes: [change(id)] }),
  changes: change,
  messages: said,
  message_echoes: said,
  statuses: (id) => ({ id, status: 'sent', timestamp: '1700000000', recipient_id: '1' }),
  calls: (id) => ({ id, status: 'RINGING' }),
  messaging: talk,
  standby: talk,
};

function said(id: string) {
  return { from: '1', to: '2', id, timestamp: '1700000000', type: 'text', text: { body: 'sibling' } };
}

function change(id: string) {
  return { field: 'messages', value: { sender: { id: '1' }, recipient: { id: '2' }, message: { mid: id, text: 'sibling' }, messages: [said(id)] } };
}

function talk(id: string) {
  return { sender: { id: '1' }, recipient: { id: '2' }, message: { mid: id, text: 'sibling' } };
}

/**
 * Puts a sibling into every list of a body, then changes each other field once, in every wrong way. Answers what went wrong: a throw, or a sibling
 * that is not told although it stands outside of what was changed.
 */
export function wrongedBy(body: unknown, platform: Platform): { mutants: number; problems: string[] } {
  const siblings: Sibling[] = [];
  const whole = withSiblings(structuredClone(body), [], siblings);
  const problems: string[] = [];
  let mutants = 0;
  for (const { path, what, body: mutant } of mutantsOf(whole, siblings)) {
    mutants += 1;
    const told = attempt(mutant, platform);
    const lost = siblings.filter((sibling) => !isWithin(sibling.path, path) && !told.includes(`"${sibling.id}"`));
    for (const sibling of lost) problems.push(`${path.join('.')} ${what}: ${sibling.path.join('.')} is lost, ${told.slice(0, 200)}`);
  }
  return { mutants, problems };
}

function attempt(body: unknown, platform: Platform): string {
  try {
    return JSON.stringify(parseWebhook(body, platform).events);
  } catch (error) {
    return String(error);
  }
}

const isWithin = (inner: Path, outer: Path): boolean => outer.every((key, at) => inner[at] === key);

function withSiblings(value: unknown, path: Path, siblings: Sibling[]): unknown {
  if (Array.isArray(value)) {
    const own = value.map((one, at) => withSiblings(one, [...path, at], siblings));
    const make = lists[String(path.at(-1))];
    if (!make) return own;
    const id = `sibling-${siblings.length}`;
    siblings.push({ id, path: [...path, own.length] });
    return [...own, make(id)];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withSiblings(one, [...path, key], siblings)]));
}

function* mutantsOf(body: unknown, siblings: readonly Sibling[]): Generator<Mutant> {
  for (const path of pathsOf(body, [])) {
    if (path.length === 0 || siblings.some((sibling) => isWithin(path, sibling.path))) continue;
    for (const value of wrongValues) yield { path, what: value === undefined ? 'dropped' : JSON.stringify(value), body: changed(body, path, value) };
  }
}

function* pathsOf(value: unknown, path: Path): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value)) yield* pathsOf(one, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** A copy with another value in one place; only the way to it is copied. */
function changed(value: unknown, [key, ...rest]: Path, wrong: unknown): unknown {
  if (key === undefined) return wrong;
  if (Array.isArray(value)) {
    const isDropped = rest.length === 0 && wrong === undefined;
    return isDropped ? value.filter((_one, at) => at !== key) : value.map((one, at) => (at === key ? changed(one, rest, wrong) : one));
  }
  const copy: Record<string, unknown> = { ...Object(value) };
  if (rest.length === 0 && wrong === undefined) delete copy[key];
  else copy[key] = changed(copy[key], rest, wrong);
  return copy;
}
