import { expect, test } from 'vitest';
import { decodeText } from './decode-text.ts';
import { inWindows1251 } from './testing/in-windows-1251.ts';

const list = 'Name;Phone\r\nJörg Groß;+491701234567\r\nRenée;+491701234568\r\n';
const russian = 'Телефон;Имя;Заказ\r\n+79161234567;Иван Петров;iPhone 15\r\n+79161234568;Ёлкина Анна;№ 7\r\n';
const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['UTF-8', Buffer.from(russian), russian],
  ['UTF-8', Buffer.from(`\ufeff${list}`), list],
  ['UTF-8', Buffer.from('only;ascii\n'), 'only;ascii\n'],
  ['UTF-16LE', Buffer.from(`\ufeff${russian}`, 'utf16le'), russian],
  ['UTF-16BE', bigEndian(`\ufeff${russian}`), russian],
  ['UTF-16LE', Buffer.from(list, 'utf16le'), list],
  ['UTF-16LE', Buffer.from(russian, 'utf16le'), russian],
  ['UTF-16BE', bigEndian(russian), russian],
  ['Windows-1251', inWindows1251(russian), russian],
  [
    'Windows-1251',
    inWindows1251('имя;телефон\nОльга;+380671234567\nЇжак Єва;+380671234568\n'),
    'имя;телефон\nОльга;+380671234567\nЇжак Єва;+380671234568\n',
  ],
  ['Windows-1251', inWindows1251(`Phone;Name\n${'+79161234567;Ivan\n'.repeat(5000)}+79161234568;Анна\n`), expect.stringMatching(/;Анна\n$/)],
  ['Windows-1252', Buffer.from(list, 'latin1'), list],
  ['Windows-1252', Buffer.from('Nº;où;é\n1;à São João;Ñandú MÜLLER ÄÖ\n', 'latin1'), 'Nº;où;é\n1;à São João;Ñandú MÜLLER ÄÖ\n'],
  ['Windows-1252', Buffer.from([0x80, 0x20, 0x31, 0x30, 0x0a]), '€ 10\n'],
])('%s is told by its bytes %#', (encoding, content, text) => {
  expect(decodeText(content)).toEqual({ encoding, text });
});

test.each([Buffer.from('Phone\n+49170\x001234567'), Buffer.from([0x00, 0x01, 0x02, 0x00, 0x00, 0x03])])(
  'what holds zero bytes is no text %#',
  (content) => {
    expect(() => decodeText(content)).toThrow(/zero bytes/);
  },
);
