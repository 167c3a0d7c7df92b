import type { PlatformChannel } from '#core/platform-rules.ts';

type KnownChannel = PlatformChannel | 'email' | 'whatsapp-web' | 'telegram-web';

const en = {
  title: 'Your messages',
  on: 'You get messages from {name}.',
  off: 'You get no messages from {name} any more.',
  paused: 'You get no messages from {name} until {until}.',
  saved: 'Done. This holds from now on.',
  unsubscribe: 'Unsubscribe',
  resubscribe: 'Get messages again',
  pauseTitle: 'Or take a break',
  pauseDays: { 30: '30 days', 90: '90 days' },
  channelsTitle: 'Where you want to get messages',
  channels: {
    email: 'E-mail',
    'whatsapp-web': 'WhatsApp',
    'telegram-web': 'Telegram',
    'whatsapp-cloud': 'WhatsApp Business',
    messenger: 'Messenger',
    instagram: 'Instagram',
  } satisfies Record<KnownChannel, string>,
  save: 'Save',
  ownTitle: 'What is known of you',
  ownAbout: 'You get it as a file, or have it erased. A mail with a link to confirm it goes to your mailbox.',
  export: 'Send me a copy',
  erase: 'Erase everything',
  mailed: 'Look into your mailbox: the link in the mail does it.',
  asked_before: 'A mail was sent a short while ago. Look into your mailbox, or try again later.',
  unknownTitle: 'This link does not work',
  unknown: 'It is not complete, or was changed on its way. Open it from the message itself, or answer with the word STOP.',
};
export type SubscriptionTexts = typeof en;

const ru: SubscriptionTexts = {
  title: 'Ваши сообщения',
  on: 'Вы получаете сообщения от {name}.',
  off: 'Вы больше не получаете сообщений от {name}.',
  paused: 'Вы не получаете сообщений от {name} до {until}.',
  saved: 'Готово. Это действует с этой минуты.',
  unsubscribe: 'Отписаться',
  resubscribe: 'Снова получать сообщения',
  pauseTitle: 'Или сделать перерыв',
  pauseDays: { 30: '30 дней', 90: '90 дней' },
  channelsTitle: 'Где вы хотите получать сообщения',
  channels: {
    email: 'Эл. почта',
    'whatsapp-web': 'WhatsApp',
    'telegram-web': 'Telegram',
    'whatsapp-cloud': 'WhatsApp Business',
    messenger: 'Messenger',
    instagram: 'Instagram',
  },
  save: 'Сохранить',
  ownTitle: 'Что о вас известно',
  ownAbout: 'Вы можете получить это файлом или удалить. Письмо со ссылкой для подтверждения придёт на вашу почту.',
  export: 'Прислать копию',
  erase: 'Удалить всё',
  mailed: 'Проверьте почту: перейдите по ссылке из письма.',
  asked_before: 'Письмо было отправлено недавно. Проверьте почту или попробуйте позже.',
  unknownTitle: 'Эта ссылка не работает',
  unknown: 'Она неполная или изменилась по дороге. Откройте её из самого сообщения или ответьте словом СТОП.',
};

/** What recipients read. They are not the dashboard's readers: no word here is one of ours. */
export const subscriptionTexts = { en, ru };
