import { useMessage } from 'naive-ui';
import { useMessages } from '#ui/connection/live-socket.ts';
import { useWording } from '#ui/wording/use-wording.ts';

/** Says at once that a platform has warned of something; whom it does not concern, the socket does not tell. */
export function useWarnings(): void {
  const message = useMessage();
  const { t } = useWording();
  useMessages((told) => {
    if (told.type !== 'event') return;
    const { kind } = told.event;
    if (kind === 'operators_warned' || kind === 'admins_warned') message.warning(t('platforms.has_warned'), { duration: 10_000, closable: true });
  });
}
