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
const plain = { name: 'look', language: 'en_US', body: [], buttons: [] };

test('values stand in their places, as they are', () => {
  expect(fillTemplate({ status: 'APPROVED', components }, order, { hasFile: false })).toEqual({
    is: 'filled',
    text: 'Order 17\nHello Ann, $& {{1}} for Ann',
  });
  expect(fillTemplate({ status: 'APPROVED', components: ofFile }, plain, { hasFile: true })).toEqual({ is: 'filled', text: 'Look' });
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
