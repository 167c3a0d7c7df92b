import type { z } from 'zod';
import type { PlatformTemplate as TemplateShape } from '#core/api/platform-templates.ts';
import { componentsOf, type TemplateDraft } from '#core/platform-components.ts';
import { type BrokenTemplate, brokenTemplate } from '#core/template-rules.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import type { PlatformAccount } from '#ui/platforms/use-platforms.ts';

export type PlatformTemplate = z.output<typeof TemplateShape> & { id: string };

/** Numbers of WhatsApp: only they have templates that are approved. */
export function useNumbers() {
  const client = useClient();
  return useLoaded(
    async (signal) => {
      const { rows } = await client.listPlatforms({}, signal);
      return rows.filter((one): one is PlatformAccount & { businessId: string } => one.platform === 'whatsapp' && one.businessId !== null);
    },
    { on: (event) => ['account_changed', 'platform_connected', 'platform_disconnected', 'sync_started', 'sync_completed'].includes(event.kind) },
  );
}

export function usePlatformTemplates(accountId: () => string | null) {
  const client = useClient();
  return useLoaded(
    async (signal): Promise<PlatformTemplate[]> => {
      const id = accountId();
      if (id === null) return [];
      const { rows } = await client.listPlatformTemplates({ params: { id } }, signal);
      return rows.map((row) => ({ ...row, id: row.externalId }));
    },
    { key: accountId, on: (event) => (event.kind === 'account_changed' || event.kind === 'sync_completed') && event.accountId === accountId() },
  );
}

export function usePlatformTemplateActs() {
  const client = useClient();
  return {
    add: ({ name, language, category, ...draft }: TemplateDraft, accountId: string) => {
      const template = { name, language, category, components: componentsOf({ name, language, category, ...draft }) };
      return client.addPlatformTemplate({ params: { id: accountId }, body: { template } });
    },
    remove: (accountId: string, name: string) => client.removePlatformTemplate({ params: { id: accountId, name } }),
    sync: (accountId: string) => client.syncPlatform({ params: { id: accountId } }),
  };
}

export const freshDraft = (language: string): TemplateDraft => ({
  ...{ name: '', language, category: 'UTILITY', header: '', headerSample: '', body: '', bodySamples: [], footer: '', buttons: [] },
});

/** What the platform would refuse, by field; a name that nobody may have is one of these. */
export function brokenIn(draft: TemplateDraft): Map<string, BrokenTemplate> {
  const broken = brokenTemplate(draft.category, componentsOf(draft));
  return new Map(broken.toReversed().map((one) => [one.field, one]));
}
export const isName = (name: string): boolean => /^[a-z0-9_]{1,512}$/.test(name);
