import { z } from 'zod';
import { Id, Instant } from './fields.ts';

/** Who has a profile's page, and what becomes of its browser and login while nobody looks. */
export const upkeep = {
  /** Who has taken the profile over, and since when. */
  control: z.object({ personId: Id, person: z.string(), email: z.string(), since: Instant }).nullable(),
  /** Remembered ones sign it in again by themselves. */
  hasCredentials: z.boolean(),
  /** Closed until something is to do: due work, a reading or a viewer opens it again. */
  isAsleep: z.boolean(),
  /** Its login as it lies sealed in the database; null: not kept yet. */
  kept: z.object({ bytes: z.number(), at: Instant }).nullable(),
  /** Why the login could not be kept the last time. */
  keptWhy: z.string().nullable(),
  /** What its browser takes, all processes together; null while it is closed. */
  usage: z.object({ memoryBytes: z.number(), cpuShare: z.number(), at: Instant }).nullable(),
};
