import { z } from 'zod';
import { PlatformAct } from './platform-act.ts';

const ids = z.strictObject({ workspaceId: z.uuid(), accountId: z.uuid() });

/**
 * Jobs by name: payload (ids only) and how the queue treats them. `lane` is the bell of an account: the lease decides who runs it, and the
 * policy is `standard`, because a singleton that a dead worker left active would silence the account until it expires.
 * A bell that is lost is rung again by the sweep of any worker.
 */
export const jobs = {
  lane: { payload: ids, policy: 'standard', expireSeconds: 300, retries: 0 },
  /** A slice at the host that holds the lease: the queue's name carries the host's id. */
  host_lane: { payload: ids, policy: 'standard', expireSeconds: 300, retries: 0 },
  plan: { payload: z.strictObject({ workspaceId: z.uuid(), campaignId: z.uuid() }), policy: 'standard', expireSeconds: 600, retries: 5 },
  /** Goes on where it was left, so a lost one is soon taken up by another worker: a file of any length is only a matter of some turns. */
  /** Starts a campaign once the import that fills its list is through. */
  start_after_import: {
    payload: z.strictObject({ workspaceId: z.uuid(), campaignId: z.uuid(), importId: z.uuid() }),
    policy: 'standard',
    expireSeconds: 60,
    retries: 5,
  },
  import: { payload: z.strictObject({ workspaceId: z.uuid(), importId: z.uuid() }), policy: 'standard', expireSeconds: 120, retries: 20 },
  /** What is left of a change of many conversations. */
  batch: { payload: z.strictObject({ workspaceId: z.uuid(), batchId: z.uuid() }), policy: 'standard', expireSeconds: 120, retries: 5 },
  /** All that is known of a person goes; while a message to them is under way it waits. */
  erase: { payload: z.strictObject({ workspaceId: z.uuid(), erasureId: z.uuid() }), policy: 'standard', expireSeconds: 300, retries: 20 },
  /** The bell of the vault: the stored bodies are the job, and a lost bell is rung again by a tick. */
  webhooks: { payload: z.strictObject({}), policy: 'standard', expireSeconds: 120, retries: 0 },
  /** Fetches what a platform lists of an account; one that is lost is due again at the next sync. */
  platform_sync: { payload: ids, policy: 'standard', expireSeconds: 900, retries: 0 },
  /** Looks whether a platform still takes the token of an account, and gives it a longer life where that is possible. */
  platform_check: { payload: ids, policy: 'standard', expireSeconds: 60, retries: 3 },
  /** A read receipt, a sign of typing or a reaction; nobody waits for one that is lost. */
  platform_act: {
    payload: z.strictObject({ workspaceId: z.uuid(), conversationId: z.uuid(), act: PlatformAct }),
    policy: 'standard',
    expireSeconds: 60,
    retries: 2,
  },
  /** A person asked for a check of every proxy; one that is lost is asked for again. */
  proxy_check: { payload: z.strictObject({ workspaceId: z.uuid(), proxyId: z.uuid() }), policy: 'standard', expireSeconds: 60, retries: 2 },
  /** Start, stop, sign in: acts on a profile that a person asked for. */
  profile_act: {
    payload: z.strictObject({ workspaceId: z.uuid(), accountId: z.uuid(), act: z.enum(['start', 'stop', 'read']) }),
    policy: 'standard',
    expireSeconds: 300,
    retries: 0,
  },
} as const satisfies Record<string, { payload: z.ZodType; policy: 'standard'; expireSeconds: number; retries: number }>;

export type JobName = keyof typeof jobs;
export type JobPayload<N extends JobName> = z.output<(typeof jobs)[N]['payload']>;
