import {
  Activity,
  Bell,
  FileChartColumn,
  FileCheck2,
  Inbox,
  ListChecks,
  Mail,
  Network,
  Plug,
  Settings,
  Tags,
  Timer,
  Users,
  Webhook,
  Workflow,
} from '@lucide/vue';
import { computed } from 'vue';
import { useSession } from '#ui/session/session-store.ts';
import { useWording } from '#ui/wording/use-wording.ts';

/** The pages of the settings that a person may see. */
export function useSettingsParts() {
  const { t } = useWording();
  const session = useSession();
  return computed(() => [
    { path: '/settings/workspace', label: t('settings.workspace'), icon: Settings },
    ...(session.may('people:read') ? [{ path: '/settings/people', label: t('settings.people'), icon: Users }] : []),
    { path: '/settings/desk', label: t('settings.desk'), icon: Tags },
    { path: '/settings/sla', label: t('settings.sla'), icon: Timer },
    { path: '/settings/fields', label: t('settings.fields'), icon: ListChecks },
    { path: '/settings/reports', label: t('settings.reports'), icon: FileChartColumn },
    { path: '/settings/accounts', label: t('settings.accounts'), icon: Plug },
    { path: '/settings/templates', label: t('settings.templates'), icon: FileCheck2 },
    { path: '/settings/automation', label: t('settings.automation'), icon: Workflow },
    { path: '/settings/proxies', label: t('settings.proxies'), icon: Network },
    { path: '/settings/mail', label: t('settings.mail'), icon: Mail },
    { path: '/settings/notices', label: t('settings.notices'), icon: Bell },
    ...(session.may('audit:read')
      ? [
          { path: '/settings/hooks', label: t('settings.hooks'), icon: Webhook },
          { path: '/settings/monitor', label: t('settings.monitor'), icon: Activity },
          { path: '/settings/webhooks', label: t('settings.webhooks'), icon: Inbox },
        ]
      : []),
  ]);
}
