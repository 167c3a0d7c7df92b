import { Fields as MailFields } from '#core/api/mail.ts';
import { Fields as ProfileFields } from '#core/api/profiles.ts';
import { writeAudit } from '#sql/audit.ts';
import type { Trx } from '#sql/database.ts';
import { addMailAccount } from '#sql/mail.ts';
import type { Registered } from '#sql/people.ts';
import { addProfile } from '#sql/profiles.ts';
import { catcherAccount, type FirstAccounts } from './config.ts';
import type { PackCard } from './packs.ts';
import { packNamed } from './profiles.ts';

const channel = 'whatsapp-web';
/** Mail that the catcher takes goes to nobody, so its sender only has to look like one (RFC 2606). */
const fromAddress = 'patchbay@example.test';

/**
 * Fills the first workspace of an installation with what SESSION_IDS and USE_MAILCATCHER name. The profiles are stopped: proxies and zones can
 * still be chosen. Null where nothing is named. Throws `invalid_input` when the messenger has no pack here.
 */
export function createFurnisher(first: FirstAccounts, packs: readonly PackCard[]): ((trx: Trx, into: Registered) => Promise<void>) | null {
  const { profileNames, catcher } = first;
  if (profileNames.length === 0 && !catcher) return null;
  const wanted = profileNames.map((name) => {
    const { baseUrl, addressedBy } = packNamed(packs, channel);
    return { ...ProfileFields.parse({ name, channel }), baseUrl, addressedBy };
  });
  return async (trx, { workspaceId, personId }) => {
    const note = (action: string, subject: string, subjectId: string) => writeAudit(trx, { workspaceId, personId, action, subject, subjectId });
    for (const profile of wanted) await note('addProfile', 'profiles', await addProfile(trx, workspaceId, profile));
    if (!catcher) return;
    const fields = MailFields.parse({ name: catcherAccount, useCatcher: true, ...catcher, security: 'none', fromAddress });
    await note('addMailAccount', 'mail-accounts', (await addMailAccount(trx, workspaceId, { ...fields, sealedPassword: null })).id);
  };
}
