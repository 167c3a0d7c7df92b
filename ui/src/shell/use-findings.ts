import { ChartColumn, Contact, FileText, House, Inbox, LayoutGrid, MonitorSmartphone, ScrollText, Send, Shield, UsersRound } from '@lucide/vue';
import { type Component, computed, inject, type Ref, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useClient } from '#ui/connection/client.ts';
import { useSettingsParts } from '#ui/workspace/use-settings-parts.ts';
import { pageActsKey } from './page-acts.ts';

/** A place to go to, or something to do where one is, with the key that does the same. */
export type Finding = { key: string; group: string; label: string; icon: Component } & ({ path: string } | { act: () => void; press: string });
type Named = { id: string; name: string };

const mostPerGroup = 7;

/** Where the palette can lead: what the page can do, then pages, profiles, campaigns, lists and templates whose name holds the words. */
export function useFindings(words: Ref<string>, accounts: () => readonly (Named & { kind: string })[]) {
  const { t } = useI18n();
  const client = useClient();
  const settings = useSettingsParts();
  const offered = inject(pageActsKey);
  const named = shallowRef<{ campaigns: Named[]; lists: Named[]; templates: Named[] }>({ campaigns: [], lists: [], templates: [] });

  async function gather(): Promise<void> {
    const [campaigns, lists, templates] = await Promise.all([client.listCampaigns(), client.listLists(), client.listTemplates()]);
    named.value = { campaigns: campaigns.rows, lists: lists.rows, templates: templates.rows };
  }

  const pages = computed<Finding[]>(() =>
    [
      { label: t('home.title'), path: '/home', icon: House },
      { label: t('shell.wall'), path: '/wall', icon: LayoutGrid },
      { label: t('shell.inbox'), path: '/inbox', icon: Inbox },
      { label: t('shell.campaigns'), path: '/campaigns', icon: Send },
      { label: t('shell.contacts'), path: '/contacts', icon: Contact },
      { label: t('contacts.pages.people'), path: '/contacts/people', icon: UsersRound },
      { label: t('contacts.pages.alike'), path: '/contacts/alike', icon: UsersRound },
      { label: t('rules.title'), path: '/contacts/rules', icon: Shield },
      { label: t('shell.templates'), path: '/templates', icon: FileText },
      { label: t('shell.analytics'), path: '/analytics', icon: ChartColumn },
      { label: t('shell.log'), path: '/log', icon: ScrollText },
      ...settings.value,
    ].map((page) => ({ ...page, key: page.path, group: t('shell.pages') })),
  );
  const acts = computed<Finding[]>(() =>
    [...(offered ?? [])]
      .flat()
      .map(({ key, icon, label, act }) => ({ key: `act ${key}`, group: t('shell.here'), label: label(), icon, act, press: key })),
  );
  const rows = (group: string, icon: Component, found: readonly Named[], path: (id: string) => string): Finding[] =>
    found.map((row) => ({ key: row.id, group, icon, label: row.name, path: path(row.id) }));

  const findings = computed<Finding[]>(() => {
    const wanted = words.value.trim().toLowerCase();
    const fits = (finding: Finding) => finding.label.toLowerCase().includes(wanted);
    const profiles = accounts().filter((account) => account.kind === 'web');
    return [
      acts.value,
      pages.value,
      rows(t('shell.profiles'), MonitorSmartphone, profiles, (id) => `/wall?profile=${id}`),
      rows(t('shell.campaigns'), Send, named.value.campaigns, (id) => `/campaigns/${id}`),
      rows(t('shell.contacts'), Contact, named.value.lists, (id) => `/contacts/${id}`),
      rows(t('shell.templates'), FileText, named.value.templates, (id) => `/templates/${id}`),
    ].flatMap((group) => group.filter(fits).slice(0, mostPerGroup));
  });
  return { findings, gather };
}
