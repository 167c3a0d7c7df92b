import { InvalidArgumentError } from 'commander';

/** Readers of option values. What they refuse is a wrong use of the program. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It has to be a whole number above 0.');
  return value;
}

/** An option that may be given several times. */
export function several(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export function instant(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It has to be a time, such as 2026-06-01T09:00 (of this machine) or 2026-06-01T09:00Z.');
  return at.toISOString();
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0.05 && value <= 1)) throw new InvalidArgumentError('It has to be a share from 0.05 to 1.');
  return value;
}

export function country(text: string): string {
  if (!/^[A-Za-z]{2}$/.test(text)) throw new InvalidArgumentError('It has to be a country code, such as DE.');
  return text.toUpperCase();
}

/** `phone=Mobile number` */
export function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It has to look like name=value.');
  return [text.slice(0, at), text.slice(at + 1)];
}

export function severalPairs(text: string, before: [string, string][] = []): [string, string][] {
  return [...before, pairOf(text)];
}
