import type { z } from 'zod';
import type { Notice as NoticeShape, NoticeSettings as SettingsShape } from '#core/api/notices.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useSession } from '#ui/session/session-store.ts';

export type Notice = z.output<typeof NoticeShape>;
export type NoticeSettings = z.output<typeof SettingsShape>;

/** As many as anybody looks at in a menu. */
const shownAtOnce = 30;

export function useNotices() {
  const client = useClient();
  const session = useSession();
  return useLoaded((signal) => client.listNotices({ query: { limit: shownAtOnce } }, signal), {
    on: (event) => event.kind === 'notice_added' && event.personId === session.person?.id,
  });
}

export function useNoticeSettings() {
  const client = useClient();
  return useLoaded((signal) => client.readNoticeSettings({}, signal));
}

/** Where a notice leads. */
export function placeOf({ subject }: Notice): string {
  if (subject.conversationId) return `/inbox/${subject.conversationId}`;
  if (subject.profileId) return `/wall?profile=${subject.profileId}`;
  return subject.campaignId ? `/campaigns/${subject.campaignId}` : '/settings/hooks';
}

export function useNoticeActs() {
  const client = useClient();
  return {
    readOf: (conversationId: string) => client.readNotices({ body: { conversationId } }),
    read: (ids?: string[]) => client.readNotices({ body: ids ? { ids } : {} }),
    save: (body: NoticeSettings) => client.changeNoticeSettings({ body }),
  };
}

/** Pushing to this browser: it asks the person, subscribes with our key, and tells the server where it is. */
export function usePush() {
  const client = useClient();
  const canPush = 'serviceWorker' in navigator && 'PushManager' in window;
  const subscription = async () => (await (await navigator.serviceWorker.getRegistration('/'))?.pushManager.getSubscription()) ?? null;
  return {
    canPush,
    isOn: async () => canPush && (await subscription()) !== null,
    async switchOn(): Promise<boolean> {
      if ((await Notification.requestPermission()) !== 'granted') return false;
      const registration = await navigator.serviceWorker.register('/sw.js');
      await navigator.serviceWorker.ready;
      const { key } = await client.readPushKey({});
      const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      const { endpoint, keys } = made.toJSON();
      await client.addPushSubscription({ body: { endpoint: endpoint ?? '', keys: { p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' } } });
      return true;
    },
    async switchOff(): Promise<void> {
      const known = canPush ? await subscription() : null;
      if (!known) return;
      await known.unsubscribe();
      await client.removePushSubscription({ body: { endpoint: known.endpoint } });
    },
  };
}
