import fc from 'fast-check';
import { getCountries } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { kindOfTyped, normalizeAddress, parseEmail, parseHandle, parseJid, parsePhone, zoneOfPhone } from './address.ts';
import { zoneOfCountry } from './country-zones.ts';
import { isZone } from './zone.ts';

const e164 = (typed: string | number, country = 'DE') => {
  const phone = parsePhone(typed, country);
  return phone.is === 'phone' ? phone.e164 : phone.code;
};
const reasonOf = (typed: string | number, country = 'DE') => {
  const phone = parsePhone(typed, country);
  return phone.is === 'refused' ? phone.reason : phone.e164;
};

describe('a phone number', () => {
  test.each([
    ['+49 170 1234567', '+491701234567'],
    ['0170/123 45-67', '+491701234567'],
    ['0049 (170) 1234567', '+491701234567'],
    ['+49 (0) 170 1234567', '+491701234567'],
    ['+49\u00a0170\u202f1234567', '+491701234567'],
    ['\u202a+49 170 1234567\u202c', '+491701234567'],
    ["'+491701234567", '+491701234567'],
    ['＋４９ １７０ １２３４５６７', '+491701234567'],
    ['+٤٩١٧٠١٢٣٤٥٦٧', '+491701234567'],
    ['+7 701 123 45 67', '+77011234567'],
  ])('is read however people write it: %s', (typed, expected) => {
    expect(e164(typed)).toBe(expected);
  });

  test('in a number cell has lost its zero or its plus', () => {
    expect(e164(1_701_234_567)).toBe('+491701234567');
    expect(e164(491_701_234_567)).toBe('+491701234567');
    expect(e164(79_161_234_567, 'RU')).toBe('+79161234567');
    expect(e164('89161234567', 'RU')).toBe('+79161234567');
    expect(e164(2_025_550_143, 'US')).toBe('+12025550143');
  });

  test('that may be of two countries is refused and both are named', () => {
    expect(parsePhone('33612345678', 'DE')).toMatchObject({
      is: 'refused',
      code: 'phone_ambiguous',
      reason: expect.stringContaining('+33612345678'),
    });
    expect(e164('33612345678', 'FR')).toBe('+33612345678');
  });

  test.each([
    ['+49 151 12', /too short/],
    ['+49 1512 3456789012345', /too long/],
    ['call me maybe', /letters/],
    ['4,91713E+11', /rounded/],
    ['4.91713E+11', /rounded/],
    ['+1 555 012 3456', /not a number/],
    ['+999 123 456 789', /country code/],
    ['0170 1234567 ext 12', /letters/],
    ['0170 1234567;12', /not a phone number|extension/],
    ['110', /short/],
    ['+49 170 1234567\n', /control character/],
    ['+49 170\u00001234567', /control character/],
    [1.5, /whole number/],
    [Number.NaN, /whole number/],
  ])('that cannot be one is refused with the reason: %s', (typed, reason) => {
    expect(reasonOf(typed)).toMatch(reason);
  });

  test('that is empty, or only spaces of any kind, is no address', () => {
    for (const typed of ['', '  ', '\u00a0', '\u200b \ufeff']) expect(parsePhone(typed, 'DE')).toMatchObject({ code: 'no_address' });
  });

  test('of Brazil, Mexico and Argentina is known under its other number too', () => {
    expect(parsePhone('+55 11 98765-4321', 'BR')).toMatchObject({ e164: '+5511987654321', aliases: ['+551187654321'] });
    expect(parsePhone('+55 11 8765-4321', 'BR')).toMatchObject({ e164: '+5511987654321', aliases: ['+551187654321'] });
    expect(parsePhone('+521 55 1234 5678', 'MX')).toMatchObject({ e164: '+525512345678', aliases: ['+5215512345678'] });
    expect(parsePhone('55 1234 5678', 'MX')).toMatchObject({ e164: '+525512345678', aliases: ['+5215512345678'] });
    expect(parsePhone('011 15 2345-6789', 'AR')).toMatchObject({ e164: '+5491123456789', aliases: ['+541123456789'] });
    expect(parsePhone('+49 170 1234567', 'DE')).toMatchObject({ aliases: [] });
  });

  test('in E.164 stays as it is, whatever the default country, and its aliases lead back to a line that shares them', () => {
    const digits = fc.stringMatching(/^\+(49|55|52|54|1|7|44|91)[1-9]\d{6,11}$/);
    const country = fc.constantFrom('DE', 'BR', 'US', 'RU', 'MX', 'ZZ');
    fc.assert(
      fc.property(digits, country, (typed, from) => {
        const first = parsePhone(typed, from);
        if (first.is === 'refused') return;
        expect(parsePhone(first.e164, 'FR')).toEqual(first);
        for (const alias of first.aliases) {
          const again = parsePhone(alias, from);
          if (again.is === 'phone') expect([again.e164, ...again.aliases]).toEqual(expect.arrayContaining([first.e164]));
        }
      }),
    );
  });

  test('of Brazil is one line with and without its ninth digit, also where both are valid', () => {
    const [long, short] = [parsePhone('+5513970000000', 'DE'), parsePhone('+551370000000', 'DE')];
    expect(long).toMatchObject({ e164: '+5513970000000', aliases: ['+551370000000'] });
    expect(short).toMatchObject({ e164: '+551370000000', aliases: ['+5513970000000'] });
  });

  test('never throws and never lets a control character through, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('DE', 'US', ''), (typed, country) => {
        const phone = parsePhone(typed, country);
        if (phone.is === 'phone') expect(phone.e164).toMatch(/^\+[1-9]\d{6,14}$/);
      }),
    );
  });
});

describe('a mail address', () => {
  test.each([
    [" O'Brien-23@MAIL.Example.net ", "o'brien-23@mail.example.net"],
    ['mailto:Ann@example.com', 'ann@example.com'],
    ['Ann Lee <ann@example.com>', 'ann@example.com'],
    ['ann@müller.example', 'ann@xn--mller-kva.example'],
    ['anna+news21@example.org', 'anna+news21@example.org'],
  ])('is kept in one form: %s', (typed, value) => {
    expect(parseEmail(typed)).toEqual({ is: 'email', value });
  });

  test.each([
    'axel@@example.com',
    'petra.example.com',
    'a@b',
    '@example.com',
    '.ann@example.com',
    'ann..lee@example.com',
    'ann@example.com, bob@example.com',
    'ann@-example.com',
    'ann@1.2.3.4',
    'ann@example.com\r\nBcc: all@example.com',
    `${'a'.repeat(65)}@example.com`,
    'jürgen@example.com',
  ])('that no server takes is refused: %s', (typed) => {
    expect(parseEmail(typed)).toMatchObject({ is: 'refused', code: 'email_invalid' });
  });

  test('once in its form stays in it and holds no sign that could start a header', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ maxLength: 60 })), (typed) => {
        const email = parseEmail(typed);
        if (email.is === 'refused') return;
        expect(parseEmail(email.value)).toEqual(email);
        expect(email.value).toMatch(/^[\x21-\x7e]+@[a-z0-9.-]+$/);
      }),
    );
  });
});

test('a Jabber id loses its device and may live on this machine', () => {
  expect(parseJid('Ann@Chat.Example.org/phone')).toEqual({ is: 'jid', value: 'ann@chat.example.org' });
  expect(parseJid('xmpp:ann@localhost')).toEqual({ is: 'jid', value: 'ann@localhost' });
  for (const wrong of ['ann', '@example.org', 'a b@example.org', 'ann@exa mple', 'a@b@c'])
    expect(parseJid(wrong)).toMatchObject({ code: 'jid_invalid' });
});

test('a user name is stored without its @ and in lower case', () => {
  expect(parseHandle(' @Ann.Lee_1 ')).toEqual({ is: 'handle', value: 'ann.lee_1' });
  expect(parseHandle('ann lee')).toMatchObject({ code: 'handle_invalid' });
  // Groups and channels of Telegram.
  expect(parseHandle('-1001234567')).toEqual({ is: 'handle', value: '-1001234567' });
  expect(['+49 1512 3456789', '@ann', '1007'].map((typed) => kindOfTyped('handle', typed))).toEqual(['phone', 'handle', 'handle']);
  expect(kindOfTyped('jid', '+49 1512 3456789')).toBe('jid');
});

test('any kind of address is brought into its form', () => {
  expect(normalizeAddress('phone', 1_701_234_567, 'DE')).toEqual({ is: 'address', kind: 'phone', value: '+491701234567', aliases: [] });
  expect(normalizeAddress('email', 'ANN@example.com', 'DE')).toMatchObject({ value: 'ann@example.com' });
  expect(normalizeAddress('handle', '', 'DE')).toMatchObject({ is: 'refused', code: 'no_address' });
});

test('quiet hours follow the zone of the capital of the number’s country', () => {
  expect(zoneOfPhone('+491701234567')).toBe('Europe/Berlin');
  expect(zoneOfPhone('+12025550143')).toBe('America/New_York');
  expect(zoneOfPhone('+14165550143')).toBe('America/Toronto');
  expect(zoneOfPhone('+77011234567')).toBe('Asia/Almaty');
  expect(zoneOfPhone('+80012345678')).toBeNull();
});

test('every country that gives out phone numbers has a zone that this runtime knows', () => {
  expect(getCountries().filter((country) => !isZone(zoneOfCountry(country) ?? 'none'))).toEqual([]);
});

test('a group is written to by its name, a channel by its user name, its id or the link to it', () => {
  const value = (kind: 'phone' | 'handle', typed: string) => {
    const address = normalizeAddress(kind, typed, 'DE');
    return address.is === 'refused' ? address.code : address.value;
  };
  expect(value('phone', ' Group:  Book club ')).toBe('group:Book club');
  expect(value('phone', 'group: ')).toBe('no_address');
  expect(['@News_daily', 'https://t.me/News_daily', 'https://t.me/s/news_daily'].map((typed) => value('handle', typed))).toEqual(
    Array(3).fill('news_daily'),
  );
  expect(['-1001234567', 'https://web.telegram.org/a/#-1001234567'].map((typed) => value('handle', typed))).toEqual(Array(2).fill('-1001234567'));
  expect(value('handle', 'https://t.me/+invitation')).toBe('handle_invalid');
});
