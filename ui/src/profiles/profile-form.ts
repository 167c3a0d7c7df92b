import type { Ceilings } from '#core/policy.ts';
import type { Profile } from './use-profiles.ts';

export type ProfileValues = {
  name: string;
  channel: string;
  proxyId: string | null;
  group: string;
  tags: string[];
  notes: string;
  /** Chooses the proxy, once. */
  poolId: string | null;
  baseUrl: string;
  locale: string;
  zone: string;
  stealth: boolean;
  ceilings: Ceilings;
};

export function emptyProfile(): ProfileValues {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return {
    name: '',
    channel: '',
    proxyId: null,
    group: '',
    tags: [],
    notes: '',
    poolId: null,
    baseUrl: '',
    locale: 'en-US',
    zone: timeZone,
    stealth: false,
    ceilings: {},
  };
}

export function valuesOf(profile: Profile): ProfileValues {
  const { name, channel, proxyId, group, tags, notes, poolId, baseUrl, locale, zone, stealth, ceilings } = profile;
  return { name, channel, proxyId, group, tags: [...tags], notes, poolId, baseUrl, locale, zone, stealth, ceilings: { ...ceilings } };
}

/** Only what differs: proxy, locale, zone and address may be sent for a stopped profile only. */
export function changesOf(profile: Profile, values: ProfileValues): Partial<Omit<ProfileValues, 'channel'>> {
  const before = new Map(Object.entries(valuesOf(profile)).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => name !== 'channel' && before.get(name) !== JSON.stringify(value)));
}

/** Tags as people write them: with commas. */
export const tagsIn = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim().slice(0, 30))
      .filter((tag) => tag !== ''),
  ),
];
