import type { Message, Settings } from '#lab/whatsapp/model.ts';
import { startWhatsAppLab, type WhatsAppLab } from '#lab/whatsapp/site.ts';
import { openAtLab, type ProfileAtLab, scanShown } from './profile-at-lab.ts';

export type LinkedWhatsApp = ProfileAtLab<WhatsAppLab> & {
  me: string;
  /** What the lab's server holds of our messages to a number. */
  arrived(number: string, text?: string): Message[];
};

export const me = '4915550000001';

export async function openWhatsApp(settings: Partial<Settings> = {}): Promise<LinkedWhatsApp> {
  const atLab = await openAtLab('whatsapp-web', {
    startLab: () => startWhatsAppLab({ settings: { syncMs: 200, ...settings } }),
    account: { number: me, name: 'Shop', saved: true },
  });
  const arrived = (number: string, text?: string) =>
    [...atLab.lab.lab.messages.values()].filter(
      (message) => message.from === me && message.to === number && (text === undefined || message.text === text),
    );
  return { ...atLab, me, arrived };
}

/** Scans the code that the page shows, and looks at the account once, as a profile does that has just become ready. */
export async function link(whatsapp: LinkedWhatsApp): Promise<void> {
  await scanShown(whatsapp, (text) => ({ ref: text, number: me }));
  await whatsapp.run({ flow: 'check' });
}
