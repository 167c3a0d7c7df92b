import { inspectAccount } from '#channels/meta/connection.ts';
import { refreshToken } from '#channels/meta/log-in.ts';
import type { MetaSettings } from '#channels/meta/meta-settings.ts';
import { mayRefresh } from '#core/connection.ts';
import { Failure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import { noteChecked } from '#sql/connection-upkeep.ts';
import { renewToken } from '#sql/connections.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import { openPlatformAccount, type PlatformPlace, standStill } from './platform-account.ts';

export type PlatformCheckParts = { db: Db; sealer: Sealer; meta: MetaSettings; clock: Clock; tell: () => void };

/** The `platform_check` job: a token that may live longer is refreshed, any other is asked about. One that is refused stops its account. */
export function createPlatformCheck(parts: PlatformCheckParts): (place: PlatformPlace, signal: AbortSignal) => Promise<void> {
  const { db, sealer, meta, clock, tell } = parts;
  return async (place, signal) => {
    const account = await openPlatformAccount(parts, place).catch(nullWhen('wrong_state', 'not_found'));
    if (!account) return;
    const now = clock.now();
    const inWorkspaceOf = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(db, place.workspaceId, work);
    const refused = (why: string) => standStill(db, place, { why, now });
    if (mayRefresh(account, now)) {
      const fresh = await refreshToken(account.graphUrl, account.token, now, signal).catch(refusedBy(refused));
      if (!fresh) return tell();
      const token = { sealed: sealer.seal(fresh.token), at: now, endsAt: fresh.endsAt, dataEndsAt: null, appId: account.appId };
      await inWorkspaceOf(async (trx) => {
        await renewToken(trx, place, token);
        await noteChecked(trx, place, { now });
      }).catch(nullWhen('wrong_state'));
    } else {
      const inspected = await inspectAccount(account, meta, signal);
      if (inspected.is === 'refused') await refused(inspected.why);
      else await inWorkspaceOf((trx) => noteChecked(trx, place, { now, ...(inspected.is === 'ours' && { ends: inspected.ends }) }));
    }
    tell();
  };
}

const refusedBy =
  (refused: (why: string) => Promise<void>) =>
  async (error: unknown): Promise<null> => {
    if (!(error instanceof Failure) || error.code !== 'platform_sign_in') throw error;
    await refused(error.message);
    return null;
  };

const nullWhen =
  (...codes: Failure['code'][]) =>
  (error: unknown): null => {
    if (error instanceof Failure && codes.includes(error.code)) return null;
    throw error;
  };
