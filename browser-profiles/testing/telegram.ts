import type { Message, Settings } from '#lab/telegram/model.ts';
import { startTelegramLab, type TelegramLab } from '#lab/telegram/site.ts';
import { openAtLab, type ProfileAtLab, scanShown } from './profile-at-lab.ts';

export type TelegramUnderTest = ProfileAtLab<TelegramLab> & {
  /** What the lab's server holds of what the browser has written to a peer. */
  arrived(peer: string, text?: string): Message[];
};

export const me = '500';
export const myPhone = '15550001002';

export async function openTelegram(settings: Partial<Settings> = {}): Promise<TelegramUnderTest> {
  const atLab = await openAtLab('telegram-web', {
    startLab: () => startTelegramLab({ settings: { syncMs: 50, qrAppearsAfterMs: 20, ...settings } }),
    account: { id: me, phone: myPhone, name: 'Shop' },
  });
  const arrived = (peer: string, text?: string) =>
    (atLab.lab.lab.chats.get(`${me}:${peer}`)?.messages ?? []).filter(
      (message) => message.via === 'web' && (text === undefined || message.text === text),
    );
  return { ...atLab, arrived };
}

export const logInByQr = (telegram: TelegramUnderTest): Promise<void> => scanShown(telegram, (text) => ({ text, account: me }));
