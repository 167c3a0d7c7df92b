import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readProxyLines } from './proxy-lines.ts';

const read = (text: string) =>
  readProxyLines(text, 'http').map((one) =>
    one.is === 'bad'
      ? { line: one.line, problem: one.problem }
      : { line: one.line, url: `${one.address.kind}://${one.address.host}:${one.address.port}`, username: one.username, password: one.password },
  );

test('each form that providers hand out is read, with the number of its line', () => {
  const pasted = [
    '# from the provider',
    'proxy.example:3128',
    '',
    'socks5://ann:p%3Aw@socks.example:1080',
    ' 203.0.113.7:8080:ann:p:w@x ',
    'ann:p:w@203.0.113.8:8080',
    '[2001:db8::1]:3128',
    'https://secure.example',
  ].join('\r\n');
  expect(read(pasted)).toEqual([
    { line: 2, url: 'http://proxy.example:3128', username: null, password: null },
    { line: 4, url: 'socks5h://socks.example:1080', username: 'ann', password: 'p:w' },
    { line: 5, url: 'http://203.0.113.7:8080', username: 'ann', password: 'p:w@x' },
    { line: 6, url: 'http://203.0.113.8:8080', username: 'ann', password: 'p:w' },
    { line: 7, url: 'http://[2001:db8::1]:3128', username: null, password: null },
    { line: 8, url: 'https://secure.example:443', username: null, password: null },
  ]);
});

test('a line that is none says why, and one that stands there twice is no second proxy', () => {
  expect(
    read(
      'ftp://a.example:21\nproxy.example\na.example:70000\nhttp://u:%zz@a.example:1\na.example:80\nA.example:80:\na.example:80\nann:x@a.example:80',
    ),
  ).toEqual([
    { line: 1, problem: 'kind' },
    { line: 2, problem: 'unreadable' },
    { line: 3, problem: 'port' },
    { line: 4, problem: 'credentials' },
    { line: 5, url: 'http://a.example:80', username: null, password: null },
    { line: 6, problem: 'unreadable' },
    { line: 7, problem: 'repeated' },
    { line: 8, url: 'http://a.example:80', username: 'ann', password: 'x' },
  ]);
});

test('no line, whatever it holds, shows a password again', () => {
  const secret = 'seCret-7';
  for (const line of [
    `a.example:1:ann:${secret}`,
    `ann:${secret}@a.example:0`,
    `ann:${secret}@`,
    `http://ann:${secret}%@a.example:1`,
    `a b:ann:${secret}`,
  ]) {
    expect(JSON.stringify(readProxyLines(line, 'http').map(({ text }) => text))).not.toContain(secret);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const one of readProxyLines(text, 'http')) expect(one.line).toBeGreaterThan(0);
    }),
  );
});
