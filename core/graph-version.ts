import { z } from 'zod';

/** A version of the Graph API, such as v25.0. */
export const GraphVersion = z.string().regex(/^v[0-9]{1,3}\.[0-9]$/, 'is not a version of the Graph API, such as v25.0');

/** The newest version that every endpoint here was read for. */
export const usualGraphVersion = 'v25.0';

/** When Meta ends a version, as its changelog says (read in November 2026); what is newer ends at no date yet, what is older has ended. */
const ends: readonly (readonly [version: number, at: string | null])[] = [
  [26, null],
  [25, '2028-07-29'],
  [24, '2028-02-18'],
  [23, '2027-10-08'],
  [22, '2027-05-20'],
  [21, '2027-01-21'],
  [20, '2026-09-24'],
];

/** Versions that Meta answers, newest first. */
export const graphVersions = (now: Date): string[] => ends.filter(([, at]) => at === null || new Date(at) > now).map(([version]) => `v${version}.0`);

/** The day on which Meta stops answering a version; null where none is known. */
export function endOfGraphVersion(version: string): Date | null {
  const number = Number(version.replace(/^v/, ''));
  const known = ends.find(([one]) => one === Math.trunc(number));
  if (known) return known[1] === null ? null : new Date(known[1]);
  return number > 20 ? null : new Date('2026-09-24');
}
