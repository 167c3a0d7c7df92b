import type { z } from 'zod';
import type { Consent as ConsentShape } from '#core/api/consents.ts';
import type { ConsentPurpose } from '#core/consent.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';
import { useWording } from '#ui/wording/use-wording.ts';

export type Consent = z.output<typeof ConsentShape>;
export type ToldConsent = { state: 'given' | 'refused'; channel: string; purpose: ConsentPurpose; evidence: string };

/** What a person has said about being written to, newest first. */
export function useConsents(contactId: () => string) {
  const client = useClient();
  return usePages<Consent>((ask, signal) => client.listConsents({ params: { id: contactId() }, query: ask }, signal), {
    on: (event) => event.kind === 'contact_changed' && event.contactId === contactId(),
    key: contactId,
    pageSize: 10,
  });
}

export function useConsentActs() {
  const client = useClient();
  return {
    writeDown: (id: string, told: ToldConsent) => client.recordConsent({ params: { id }, body: { ...told, evidence: told.evidence.trim() } }),
  };
}

/** The channels that the workspace writes by, in words. */
export function useChannelWords() {
  const client = useClient();
  const { t, te } = useWording();
  const { loaded } = useLoaded((signal) => client.listAccounts({}, signal), { on: (event) => event.kind === 'account_changed' });
  const channelWord = (channel: string) => {
    if (channel === 'every') return t('consents.every_channel');
    return te(`platforms.channels.${channel}`) ? t(`platforms.channels.${channel}`) : channel;
  };
  return { loaded, channelWord };
}
