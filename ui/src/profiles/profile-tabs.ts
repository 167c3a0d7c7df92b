/** The parts of a profile, in the order in which they are offered. */
export const profileTabs = ['details', 'steps', 'queue', 'log', 'network'] as const;
export type ProfileTab = (typeof profileTabs)[number];
