import { expect, test } from 'vitest';
import { foldQuotes } from './fold-quotes.ts';

const quoted = '> Hello Ann\n> our sale begins today\n>\n> Unsubscribe: https://example.com/u/1';
const ways: [program: string, text: string, folded: string][] = [
  ['Gmail', `Yes, please.\n\nOn Fri, Nov 21, 2026 at 3:00 PM Shop <shop@example.com> wrote:\n\n${quoted}`, `On Fri`],
  [
    'Gmail, with a broken line',
    `Yes, please.\n\nOn Fri, Nov 21, 2026 at 3:00 PM A Shop With A Long Name\n<shop@example.com> wrote:\n${quoted}\n`,
    `On Fri`,
  ],
  ['Thunderbird, in German', `Yes, please.\n\nAm 21.11.26 um 15:00 schrieb Shop:\n${quoted}`, 'Am 21'],
  ['in Russian', `Yes, please.\n\n21.11.2026 15:00, Shop пишет:\n${quoted}`, '21.11'],
  [
    'Outlook',
    'Yes, please.\r\n\r\n________________________________\r\nFrom: Shop <shop@example.com>\r\nSent: Friday\r\nTo: Ann\r\nSubject: Sale\r\n\r\nHello Ann',
    '_____',
  ],
  ['Outlook, in plain text', 'Yes, please.\n\n-----Original Message-----\nFrom: Shop\nHello Ann', '-----Orig'],
  ['Apple Mail on a phone', 'Yes, please.\n\nVon: Shop <shop@example.com>\nGesendet: Freitag\nAn: Ann\nBetreff: Sale\n\nHello Ann', 'Von: Shop'],
  ['one without a word about it', `Yes, please.\n\n${quoted}`, '> Hello'],
];
test.each(ways)('%s: what is quoted below is folded', (_program, text, begins) => {
  const { text: own, folded } = foldQuotes(text);
  expect(own).toBe('Yes, please.');
  expect(folded?.startsWith(begins)).toBe(true);
  expect(folded).toContain(text.includes('Hello Ann') ? 'Hello Ann' : 'Unsubscribe');
});

test('answers between quoted lines, mails without quotes, and nothing but quotes stay whole', () => {
  for (const text of [
    '> Do you come?\nYes.\n\n> When?\nAt 15:00.',
    'Prices: 5 > 3.\nFrom: the heart',
    quoted,
    'I told Ann:\nno.',
    'Re: 12:30?\n\nIt is fine:',
  ]) {
    expect(foldQuotes(text)).toEqual({ text, folded: null });
  }
  expect(foldQuotes('  \n')).toEqual({ text: '', folded: null });
});
