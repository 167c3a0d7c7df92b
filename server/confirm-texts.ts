import type { ConfirmationKind } from '#sql/confirmations.ts';

type Mail = { subject: string; text: string };
type Page = { title: string; about: string; button: string; done: string };
type Texts = {
  mails: Record<ConfirmationKind, Mail>;
  pages: Record<ConfirmationKind, Page>;
  over: string;
  gone: string;
  doneBefore: string;
  unknownTitle: string;
};

const en: Texts = {
  mails: {
    opt_in: {
      subject: 'Do you want mail from {name}?',
      text: 'Somebody, probably you, gave this address to {name}.\n\nIf you want to get mail from there, open this link and press the button:\n{url}\n\nIf not, do nothing: you will get none.',
    },
    export: {
      subject: 'Your copy of what {name} knows of you',
      text: 'You asked for a copy of what {name} knows of you. Open this link within a day and press the button:\n{url}\n\nIf it was not you, do nothing.',
    },
    erase: {
      subject: 'Erase what {name} knows of you?',
      text: 'You asked {name} to erase everything that is known of you. Open this link within a day and press the button; it cannot be undone:\n{url}\n\nIf it was not you, do nothing.',
    },
  },
  pages: {
    opt_in: {
      title: 'Mail from {name}',
      about: 'Do you want to get mail at {address}?',
      button: 'Yes, I want to',
      done: 'Thank you. From now on you get mail from {name}.',
    },
    export: {
      title: 'What {name} knows of you',
      about: 'You get one file with everything: what you wrote, what you got, what you agreed to.',
      button: 'Download',
      done: '',
    },
    erase: {
      title: 'Erase everything',
      about:
        'All that {name} knows of you goes, for good. Your addresses are kept as marks that nobody can read, so that you are never written to again.',
      button: 'Erase everything',
      done: 'It is being erased and will be gone in a few minutes.',
    },
  },
  over: 'This link is too old. Ask for a new one.',
  gone: 'Nothing is known of you here any more.',
  doneBefore: 'This was done already.',
  unknownTitle: 'This link does not work',
};

const ru: Texts = {
  mails: {
    opt_in: {
      subject: 'Хотите получать письма от {name}?',
      text: 'Кто-то, вероятно вы, оставил этот адрес для {name}.\n\nЕсли вы хотите получать письма, откройте ссылку и нажмите кнопку:\n{url}\n\nЕсли нет, ничего не делайте: писем не будет.',
    },
    export: {
      subject: 'Копия того, что {name} знает о вас',
      text: 'Вы попросили копию того, что {name} знает о вас. Откройте ссылку в течение суток и нажмите кнопку:\n{url}\n\nЕсли это были не вы, ничего не делайте.',
    },
    erase: {
      subject: 'Удалить то, что {name} знает о вас?',
      text: 'Вы попросили {name} удалить всё, что о вас известно. Откройте ссылку в течение суток и нажмите кнопку; отменить это нельзя:\n{url}\n\nЕсли это были не вы, ничего не делайте.',
    },
  },
  pages: {
    opt_in: {
      title: 'Письма от {name}',
      about: 'Хотите получать письма на {address}?',
      button: 'Да, хочу',
      done: 'Спасибо. Теперь вы получаете письма от {name}.',
    },
    export: {
      title: 'Что {name} знает о вас',
      about: 'Вы получите один файл: что вы писали, что получали, на что соглашались.',
      button: 'Скачать',
      done: '',
    },
    erase: {
      title: 'Удалить всё',
      about:
        'Всё, что {name} знает о вас, будет удалено навсегда. От адресов останутся метки, которые нельзя прочитать, чтобы вам больше никогда не писали.',
      button: 'Удалить всё',
      done: 'Данные удаляются и исчезнут через несколько минут.',
    },
  },
  over: 'Ссылка устарела. Попросите новую.',
  gone: 'Здесь о вас больше ничего не известно.',
  doneBefore: 'Это уже сделано.',
  unknownTitle: 'Эта ссылка не работает',
};

/** What people read who were mailed a link. */
export const confirmTexts = { en, ru };
