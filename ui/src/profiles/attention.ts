import { profileStates, type StateGroup } from '#core/profile.ts';
import type { Profile } from './use-profiles.ts';

const groupOrder: StateGroup[] = ['needs_you', 'failed', 'restricted', 'waiting', 'working', 'ready', 'parked'];

export const groupOf = (profile: Profile): StateGroup => profileStates[profile.state].group;

/** Who needs a person comes first; then by group, by unread, by name. */
export function byAttention(one: Profile, other: Profile): number {
  return (
    profileStates[other.state].attention - profileStates[one.state].attention ||
    groupOrder.indexOf(groupOf(one)) - groupOrder.indexOf(groupOf(other)) ||
    Math.sign(other.unread) - Math.sign(one.unread) ||
    one.name.localeCompare(other.name)
  );
}

/** `state` is a group of states, `group` one that people made; a profile without a proxy goes out `direct`ly. */
export type WallFilter = { state: StateGroup | 'all'; channel: string; group: string; tag: string; proxy: string; words: string };
export const everything: WallFilter = { state: 'all', channel: 'all', group: 'all', tag: 'all', proxy: 'all', words: '' };

export const proxyOf = (profile: Profile): string => profile.proxyId ?? (profile.goesOut === 'direct' ? 'direct' : 'missing');

export function fitsWall(profile: Profile, { state, channel, group, tag, proxy, words }: WallFilter): boolean {
  const wanted = words.trim().toLowerCase();
  const texts = [profile.name, profile.identity ?? '', profile.proxyName ?? '', profile.group, ...profile.tags];
  const is = (filter: string, value: string) => filter === 'all' || filter === value;
  return (
    texts.some((text) => text.toLowerCase().includes(wanted)) &&
    is(state, groupOf(profile)) &&
    is(channel, profile.channel) &&
    is(group, profile.group) &&
    is(proxy, proxyOf(profile)) &&
    (tag === 'all' || profile.tags.includes(tag))
  );
}

/** The groups that occur, in order of attention, with how many profiles each has. */
export function countGroups(profiles: readonly Profile[]): { group: StateGroup; count: number }[] {
  return groupOrder
    .map((group) => ({ group, count: profiles.filter((profile) => groupOf(profile) === group).length }))
    .filter(({ count }) => count > 0);
}

export type NextStep = 'log_in' | 'start' | 'look' | null;

/** The one thing to do next with a profile. */
export function nextStep(profile: Profile): NextStep {
  const group = groupOf(profile);
  if (group === 'needs_you') return 'log_in';
  if (group === 'parked' || profile.state === 'failed' || profile.state === 'held') return 'start';
  return group === 'failed' ? 'look' : null;
}
