import { expect, test } from 'vitest';
import { brokenRule, kindOfType, type MediaRules } from './media.ts';

const rules: MediaRules = { image: { maxBytes: 5_242_880, types: ['image/jpeg', 'image/png'] }, document: { maxBytes: 100 } };
const image = { kind: 'image', mimeType: 'image/png', bytes: 1000 } as const;

test('a file that breaks a rule of a channel is told which one, with both numbers', () => {
  expect(brokenRule(rules, image, 'Pigeon')).toBeNull();
  expect(brokenRule(rules, { ...image, bytes: 5_242_881 }, 'Pigeon')).toMatchObject({
    rule: 'media_size',
    sentence: 'Pigeon takes images of at most 5 MB; this one has 5.1 MB.',
  });
  expect(brokenRule(rules, { ...image, mimeType: 'image/gif' }, 'Pigeon')).toMatchObject({
    rule: 'media_type',
    sentence: 'Pigeon takes images as JPEG, PNG; this one is GIF.',
  });
  expect(brokenRule(rules, { ...image, kind: 'video', mimeType: 'video/mp4' }, 'Pigeon')?.rule).toBe('media_kind');
  expect(brokenRule(rules, { kind: 'document', mimeType: 'application/pdf', bytes: 100 }, 'Pigeon')).toBeNull();
});

test('pictures and films are sent as such, other known files as documents, and programs and pages not at all', () => {
  const types = ['image/jpeg', 'video/mp4', 'application/pdf', 'image/heic', 'application/x-msdownload', 'text/html', 'image/svg+xml', ''];
  expect(types.map(kindOfType)).toEqual(['image', 'video', 'document', 'document', null, null, null, null]);
});
