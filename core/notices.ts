import { profileStates } from './profile.ts';

/** What a person may be told of beside what their screen shows. */
export const noticeKinds = [
  'message_mine',
  'mention',
  'given',
  'message_unassigned',
  'sla_breached',
  'profile_needs',
  'campaign_ended',
  'hook_off',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];
export type NoticeWays = { page: boolean; push: boolean; mail: boolean };

/** As long as a person has chosen nothing: their own matters reach them outside too, those of all stay in the page. */
export const usualWays: Record<NoticeKind, NoticeWays> = {
  message_mine: { page: true, push: true, mail: false },
  mention: { page: true, push: true, mail: false },
  given: { page: true, push: true, mail: false },
  message_unassigned: { page: false, push: false, mail: false },
  sla_breached: { page: true, push: true, mail: false },
  profile_needs: { page: true, push: false, mail: false },
  campaign_ended: { page: true, push: false, mail: false },
  hook_off: { page: true, push: false, mail: false },
};

export const needingStates: string[] = Object.entries(profileStates)
  .filter(([, { attention }]) => attention >= 2)
  .map(([state]) => state);
