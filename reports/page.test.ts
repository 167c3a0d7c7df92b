import { expect, test } from 'vitest';
import type { Report } from '#core/report.ts';
import { pageOf, titleOf } from './page.ts';

const none = {
  incoming: 0,
  outgoing: 0,
  delivered: 0,
  read: 0,
  failed: 0,
  uncertain: 0,
  skipped: 0,
  conversations: 0,
  deliverySeconds: null,
  answerSeconds: null,
};
const day = { ...none, incoming: 12_345, outgoing: 7, answerSeconds: 420 };
const report: Report = {
  zone: 'Europe/Berlin',
  rows: [
    { ...day, day: '2031-03-01' },
    { ...none, day: '2031-03-02' },
  ],
  total: day,
  reasons: [
    { reason: 'denied', deliveries: 3 },
    { reason: 'what a messenger said', deliveries: 1 },
  ],
  hours: [{ weekday: 1, hour: 9, incoming: 4, outgoing: 0 }],
  accounts: [{ ...day, channel: 'email', accountId: '1', name: 'Office <script>' }],
};

test('a report is written in the words and numbers of a language; what people named stays text', () => {
  const english = pageOf(report, { title: titleOf({ from: '2031-03-01', to: '2031-03-02' }, 'en-GB'), locale: 'en-GB' });
  expect(english).toMatch(/<h1>1\s?–\s?2 March 2031<\/h1>/);
  for (const part of ['12,345', '7 min', 'On the deny list', 'what a messenger said', 'Saturday', 'Office &lt;script&gt;'])
    expect(english).toContain(part);
  expect(english).not.toContain('<script>');
  // The last day stands first, as on the page.
  expect(english.indexOf('Sunday')).toBeLessThan(english.indexOf('Saturday'));
  const russian = pageOf(report, { title: 'Март', locale: 'ru' });
  for (const part of ['12\u00a0345', '7 мин', 'суббота']) expect(russian).toContain(part);
});

test('what there is none of is left out', () => {
  const page = pageOf({ ...report, reasons: [], hours: [], accounts: [] }, { title: '', locale: 'en' });
  for (const head of ['Why it did not arrive', 'When people write', 'By account']) expect(page).not.toContain(head);
});
