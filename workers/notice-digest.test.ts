import { expect, test } from 'vitest';
import { noticeKinds } from '#core/notices.ts';
import { digestOf } from './notice-digest.ts';

const notices = noticeKinds.map((kind) => ({
  id: kind,
  kind,
  subject: kind === 'given' ? { conversationId: 'c1' } : {},
  name: 'Anna',
  at: new Date(),
}));

test('a digest speaks the language of its person, and leads to each conversation', () => {
  const publicUrl = 'https://patchbay.example';
  const english = digestOf(notices, { publicUrl, language: 'en' });
  const russian = digestOf(notices, { publicUrl, language: 'ru' });
  expect([english.subject, russian.subject]).toEqual(['Patchbay: 8 notices', 'Patchbay: 8 уведомлений']);
  expect(english.text).toContain('- You were given the conversation with Anna\n  https://patchbay.example/inbox/c1');
  expect(russian.text).toContain('- Вам передан разговор с Anna\n  https://patchbay.example/inbox/c1');
  expect(russian.text.replaceAll(/Anna|https:\S+/g, '')).not.toMatch(/[a-z]/i);
  const counted = [1, 2, 5].map((n) => digestOf(notices.slice(0, n), { publicUrl: null, language: 'ru' }).subject);
  expect(counted).toEqual(['Patchbay: 1 уведомление', 'Patchbay: 2 уведомления', 'Patchbay: 5 уведомлений']);
});
