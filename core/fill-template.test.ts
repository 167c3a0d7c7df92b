import { expect, test } from 'vitest';
import { fillTemplate } from './fill-template.ts';

const components = [
  { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' },
  { type: 'BODY', text: 'Hello {{1}}, {{2}} for {{1}}' },
];
const order = { name: 'ready', language: 'en_US', header: { text: '17' }, body: ['Ann', '$& {{1}}'], buttons: [] };
const ofFile = [
  { type: 'HEADER', format: 'IMAGE' },
  { type: 'BODY', text: 'Look' },
];
const none = { hasFile: false };
const plain = { name: 'look', language: 'en_US', body: [], buttons: [] };

test('values stand in their places, as they are', () => {
  expect(fillTemplate({ status: 'APPROVED', components }, order, { hasFile: false })).toEqual({
    is: 'filled',
    text: 'Order 17\nHello Ann, $& {{1}} for Ann',
  });
  expect(fillTemplate({ status: 'APPROVED', components: ofFile }, plain, { hasFile: true })).toEqual({ is: 'filled', text: 'Look' });
});

test('a value stands where its number does, also where the text begins with another, and holds no places of its own', () => {
  const body = (text: string) => [{ type: 'BODY', text }];
  const filled = (text: string, values: string[]) => fillTemplate({ status: 'APPROVED', components: body(text) }, { ...plain, body: values }, none);
  expect(filled('{{2}} is ready, {{1}}', ['Ann', '{{1}} shoes'])).toEqual({ is: 'filled', text: '{{1}} shoes is ready, Ann' });
  expect(filled('{{10}}{{9}}{{8}}{{7}}{{6}}{{5}}{{4}}{{3}}{{2}}{{1}}', [...'abcdefghij'])).toEqual({ is: 'filled', text: 'jihgfedcba' });
  expect(filled('{{order}} for {{name}}', ['17', '{{order}}'])).toEqual({ is: 'filled', text: '17 for {{order}}' });
});

test('what does not fit is named', () => {
  const rule = (...given: Parameters<typeof fillTemplate>) => {
    const filled = fillTemplate(...given);
    return filled.is === 'broken' ? filled.rule : null;
  };
  expect(rule({ status: 'PAUSED', components }, order, { hasFile: false })).toBe('template_not_approved');
  expect(rule({ status: 'APPROVED', components }, { ...order, body: ['Ann'] }, { hasFile: false })).toBe('template_values');
  expect(rule({ status: 'APPROVED', components }, { ...order, header: undefined }, { hasFile: false })).toBe('template_values');
  expect(rule({ status: 'APPROVED', components: ofFile }, plain, { hasFile: false })).toBe('template_values');
  expect(rule({ status: 'APPROVED', components }, order, { hasFile: true })).toBe('template_values');
});
