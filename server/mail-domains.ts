import type { DomainAsk, DomainReport } from '#channels/email/check-domain.ts';
import { dkimRecordOf, makeDkimKey } from '#channels/email/dkim.ts';
import { domainOf } from '#channels/email/settings.ts';
import type { Trx } from '#sql/database.ts';
import { addDkimKey, type DkimKeyRow, listDkimKeys, notePublished, removeDkimKey } from '#sql/dkim-keys.ts';
import { listMailAccounts } from '#sql/mail.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';

export type MailDomainParts = {
  sealer: Sealer;
  now: () => Date;
  publicUrl: string | null;
  checkDomain: (ask: DomainAsk) => Promise<DomainReport>;
};

export const mailDomainsHandlers = ({ sealer, now, publicUrl, checkDomain }: MailDomainParts) =>
  ({
    listMailDomains: ({ transaction }) => transaction(async (trx) => ({ rows: await listDomains(trx), publicUrl })),
    async checkMailDomain({ params: { domain }, transaction }) {
      const ask = await transaction(async (trx) => ({ keys: await listDkimKeys(trx, domain), hosts: await accountsOf(trx, domain) }));
      // The key that signs, and those that are to take its place; every one, as long as none was ever seen.
      const [signing] = ask.keys;
      const keys = ask.keys.filter((key) => key === signing || !signing?.publishedAt || key.createdAt > signing.createdAt);
      const { findings, published } = await checkDomain({ domain, keys, hosts: ask.hosts });
      const checkedAt = now();
      await transaction((trx) => notePublished(trx, published, checkedAt));
      return { domain, checkedAt: checkedAt.toISOString(), findings };
    },
    async addDkimKey({ params: { domain }, caller, transaction }) {
      const { privateKey, ...made } = await makeDkimKey();
      const key = { workspaceId: caller.workspaceId, domain, ...made, sealedPrivateKey: sealer.seal(privateKey) };
      return transaction(async (trx) => {
        const id = await addDkimKey(trx, key);
        const keys = (await listDkimKeys(trx, domain)).map(toKey);
        // Just written, so it stands among them.
        return keys.find((one) => one.id === id) as (typeof keys)[number];
      });
    },
    async removeDkimKey({ params, transaction }) {
      await transaction((trx) => removeDkimKey(trx, params.id));
      return null;
    },
  }) satisfies Partial<Handlers>;

const accountsOf = async (trx: Trx, domain: string) => (await listMailAccounts(trx)).filter(({ fromAddress }) => domainOf(fromAddress) === domain);

/** The domains of the accounts, and those that only have a key yet. */
async function listDomains(trx: Trx) {
  const [accounts, keys] = [await listMailAccounts(trx), await listDkimKeys(trx)];
  const domains = [...new Set([...accounts.map(({ fromAddress }) => domainOf(fromAddress)), ...keys.map(({ domain }) => domain)])].toSorted();
  return domains.map((domain) => ({
    domain,
    accounts: accounts.filter(({ fromAddress }) => domainOf(fromAddress) === domain).map(({ name }) => name),
    keys: keys.filter((key) => key.domain === domain).map(toKey),
  }));
}

/** The list of a domain's keys begins with the one that signs. */
const toKey = ({ id, domain, selector, publicKey, publishedAt, createdAt }: DkimKeyRow, place: number) => ({
  id,
  selector,
  record: dkimRecordOf({ domain, selector, publicKey }),
  isSigning: place === 0,
  publishedAt,
  createdAt,
});
