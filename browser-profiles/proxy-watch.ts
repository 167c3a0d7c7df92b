import type { ProfileSpec } from './profile-spec.ts';

/** What a connection through a proxy has shown; `why` is for people. */
export type ProxyOutcome = { ok: boolean; why: string | null };

/** Who counts the failures of proxies, over all profiles that share one. */
export interface ProxyWatch {
  /** Throws `proxy_dead` with `retryAt` while nobody may try the proxy of this profile. */
  refuseOpen(spec: ProfileSpec): void;
  heard(spec: ProfileSpec, outcome: ProxyOutcome): void;
}
