import type { Failure } from '#core/failure.ts';

/**
 * Why a browser was closed. `asked` and `idle` let running work end; `stopping` and `lease_lost` abort it. `copying` and `settings_changed` open it
 * again at once.
 */
export type StopReason = 'asked' | 'idle' | 'copying' | 'settings_changed' | 'stopping' | 'lease_lost';

/** `retryAt` is when the browser is opened again by itself or may be used again; an explicit start does not wait for it. */
export type HostEvent =
  | { is: 'launching'; profileId: string }
  | { is: 'opened'; profileId: string }
  | { is: 'failed'; profileId: string; failure: Failure; retryAt: Date | null }
  | { is: 'crashed'; profileId: string; failure: Failure; retryAt: Date }
  | { is: 'closing'; profileId: string; reason: StopReason }
  | { is: 'closed'; profileId: string; reason: StopReason };
