import type { ProfileHost } from '#browser-profiles/host.ts';
import type { Failure } from '#core/failure.ts';
import type { LoadedPack } from '#core/script.ts';
import type { Db } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { ProfileRef } from './profile-spec-of.ts';

export type FlowRows = Record<string, Record<string, string | null>[]>;
/** What keeping watch over profiles needs of the rest of a worker. */
export type DeskDeps = {
  db: Db;
  host: ProfileHost;
  packs: ReadonlyMap<string, LoadedPack>;
  sealer: Sealer;
  hold: (ref: ProfileRef) => void;
  /** Runs a flow of the profile's pack and answers its rows. */
  run: (ref: ProfileRef, flow: string, input: Record<string, string>, signal: AbortSignal) => Promise<FlowRows>;
  /** Why nobody may use this proxy now, if so. */
  whyHeld: (proxyId: string | undefined) => Failure | null;
  /** A person acts on the page: then it is only looked at. */
  isControlled: (profileId: string) => boolean;
  onReady: (ref: ProfileRef) => Promise<void>;
  tell: () => void;
};
