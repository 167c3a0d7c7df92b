import { placeOf } from '#channels/meta/connection.ts';
import type { MetaSettings } from '#channels/meta/meta-settings.ts';
import { readTemplates } from '#channels/meta/templates.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { keepTemplates } from '#sql/platform-templates.ts';
import type { OpenedAccount, PlatformPlace } from './platform-account.ts';

type TemplateSync = (account: OpenedAccount, place: PlatformPlace, signal: AbortSignal) => Promise<void>;

/** Templates of a WhatsApp business, as the platform has them now; those that are gone there go here too. */
export function createTemplateSync({ db, meta, clock }: { db: Db; meta: MetaSettings; clock: Clock }): TemplateSync {
  return async (account, { workspaceId }, signal) => {
    const { businessId } = account;
    if (businessId === null) return;
    const templates = await readTemplates(placeOf(account, meta), businessId, signal);
    await inWorkspace(db, workspaceId, (trx) => keepTemplates(trx, { workspaceId, businessId }, { templates, isAll: true, now: clock.now() }));
  };
}
