import { onScopeDispose, ref, shallowRef } from 'vue';
import type { z } from 'zod';
import type { DkimKey as DkimKeyShape, MailDomain as MailDomainShape } from '#core/api/mail-domains.ts';
import type { DomainFinding } from '#core/domain-finding.ts';
import { useClient } from '#ui/connection/client.ts';
import { type Loaded, useLoaded } from '#ui/connection/use-loaded.ts';

export type MailDomain = z.output<typeof MailDomainShape>;
export type DkimKey = z.output<typeof DkimKeyShape>;
export type DomainCheck = { checkedAt: string; findings: DomainFinding[] };

export function useMailDomains() {
  const client = useClient();
  return useLoaded((signal) => client.listMailDomains({}, signal), { on: (event) => event.kind === 'account_changed' });
}

/** What a look at DNS said; it is asked, not kept. */
export function useDomainCheck(domain: string) {
  const client = useClient();
  const checked = shallowRef<Loaded<DomainCheck>>({ is: 'loading' });
  const isBusy = ref(false);
  let under = new AbortController();
  onScopeDispose(() => under.abort());
  async function check(): Promise<void> {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    isBusy.value = true;
    let next: Loaded<DomainCheck>;
    try {
      next = { is: 'ready', value: await client.checkMailDomain({ params: { domain } }, signal) };
    } catch (error) {
      next = { is: 'failed', error };
    }
    // The one that was begun after it says what holds.
    if (signal.aborted) return;
    checked.value = next;
    isBusy.value = false;
  }
  return { checked, isBusy, check };
}

export function useKeyActs() {
  const client = useClient();
  return {
    add: (domain: string) => client.addDkimKey({ params: { domain } }),
    remove: (id: string) => client.removeDkimKey({ params: { id } }),
  };
}
