import { expect, test } from 'vitest';
import { readReply } from './reply.ts';

const read = (...lines: string[]) => readReply(Buffer.from(lines.join('\r\n')));

test('a reply is read as text: from HTML without anything that runs, quotes folded, answers nearest first', async () => {
  const mail = await read(
    'From: =?utf-8?Q?Ann_=C3=84?= <Ann@Example.org>',
    'Subject: Re: Sale',
    'Message-ID: <r1@example.org>',
    'In-Reply-To: <b@example.com>',
    'References: <a@example.com> <b@example.com>',
    'Date: Fri, 21 Nov 2026 12:00:00 +0000',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<style>p{}</style><script>alert(1)</script><p onclick="x()">Yes, <b>please</b>.</p><p>On Fri, 20 Nov 2026 at 11:00, Shop &lt;shop@example.com&gt; wrote:</p><blockquote>Hello</blockquote>',
  );
  expect(mail).toMatchObject({
    messageId: '<r1@example.org>',
    from: { address: 'ann@example.org', name: 'Ann Ä' },
    subject: 'Re: Sale',
    text: 'Yes, please.',
    at: new Date('2026-11-21T12:00:00Z'),
    answers: ['<b@example.com>', '<a@example.com>'],
    files: [],
    isBulk: false,
  });
  expect(mail?.folded).toContain('Hello');
  expect(JSON.stringify(mail)).not.toMatch(/alert|onclick|<p/);
});

test('files are those that somebody attached, not pictures of the layout or signatures', async () => {
  const part = (...lines: string[]) => ['--b', ...lines];
  const mail = await read(
    'From: ann@example.org',
    'List-Id: <news.example.org>',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    ...part('Content-Type: text/plain', '', 'See the file.'),
    ...part(
      'Content-Type: application/pdf; name="a.pdf"',
      'Content-Disposition: attachment; filename="../a.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      'JVBERi0=',
    ),
    ...part('Content-Type: application/pgp-signature', '', 'x'),
    '--b--',
  );
  expect(mail?.files.map(({ name, content }) => [name, content.toString()])).toEqual([['../a.pdf', '%PDF-']]);
  expect(mail).toMatchObject({ isBulk: true, text: 'See the file.', messageId: expect.stringMatching(/^<[\da-f]{40}@unnamed>$/) });
});

test('a mail from nobody is none', async () => {
  expect(await read('Subject: x', '', 'x')).toBeNull();
  expect(await read('From: undisclosed', '', 'x')).toBeNull();
});
