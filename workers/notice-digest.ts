import type { NoticeKind } from '#core/notices.ts';
import type { OutgoingNotice } from '#sql/notices.ts';

type Words = { sentences: Record<NoticeKind, string>; counted: (n: number) => string; end: string };
const words = {
  en: {
    sentences: {
      message_mine: 'New message from',
      mention: 'You were mentioned in the conversation with',
      given: 'You were given the conversation with',
      message_unassigned: 'New message that is nobody’s from',
      sla_breached: 'An answer is late:',
      profile_needs: 'A profile needs you:',
      campaign_ended: 'A campaign has ended or stands still:',
      hook_off: 'A webhook was switched off:',
    },
    counted: (n) => (n === 1 ? 'one notice' : `${n} notices`),
    end: 'You choose in Settings, Notices, what is mailed to you.',
  },
  ru: {
    sentences: {
      message_mine: 'Новое сообщение от',
      mention: 'Вас упомянули в разговоре с',
      given: 'Вам передан разговор с',
      message_unassigned: 'Новое ничьё сообщение от',
      sla_breached: 'Ответ опаздывает:',
      profile_needs: 'Профилю нужны вы:',
      campaign_ended: 'Рассылка закончилась или стоит:',
      hook_off: 'Вебхук выключен:',
    },
    counted: (n) => `${n} ${{ one: 'уведомление', few: 'уведомления' }[new Intl.PluralRules('ru').select(n) as 'one'] ?? 'уведомлений'}`, // Only two of its words are told apart.
    end: 'Что приходит вам по почте, вы выбираете в «Настройки», «Уведомления».',
  },
} as const satisfies Record<string, Words>;
export type DigestLanguage = keyof typeof words;

/** One mail for all that came, with a way to each conversation where it is known how people reach the server. */
export function digestOf(
  notices: readonly OutgoingNotice[],
  { publicUrl, language }: { publicUrl: string | null; language: DigestLanguage },
): { subject: string; text: string } {
  const { sentences, counted, end } = words[language];
  const lines = notices.map(({ kind, name, subject }) => {
    const address = publicUrl && subject.conversationId ? `\n  ${publicUrl}/inbox/${subject.conversationId}` : '';
    return `- ${sentences[kind]} ${name}${address}`;
  });
  return { subject: `Patchbay: ${counted(notices.length)}`, text: `${lines.join('\n')}\n\n${end}` };
}
