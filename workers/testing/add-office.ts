import type { Catcher } from '#lab/mail/catcher.ts';
import type { Trx } from '#sql/database.ts';
import { addMailAccount } from '#sql/mail.ts';

/** A mail account whose server is the catcher. */
export function addOffice(trx: Trx, { workspaceId, catcher }: { workspaceId: string; catcher: Pick<Catcher, 'smtpPort'> }) {
  const mail = { name: 'Office', host: '127.0.0.1', port: catcher.smtpPort, security: 'none' as const, fromAddress: 'office@example.test' };
  const plain = { useCatcher: false, username: null, sealedPassword: null, fromName: '', bounceAddress: null, pool: 1, ceilings: {} };
  return addMailAccount(trx, workspaceId, { ...mail, ...plain });
}
