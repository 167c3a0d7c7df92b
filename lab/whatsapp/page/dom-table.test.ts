import { expect, test } from 'vitest';
import { domTable, specOf } from './dom-table.ts';

test('every node of the page cites its row of the facts, or says that it is ours', () => {
  const uncited = Object.entries(domTable).filter(([, row]) => !/^(ours$|[0-4](\.\d)? )/.test(row.fact));
  expect(uncited).toEqual([]);
});

test('a dialect without a column of its own takes the next newer one', () => {
  expect(specOf('message', '2026b').attrs?.['data-testid']).toBe('conv-msg-{id}');
  expect(specOf('message', '2025').attrs?.['data-testid']).toBeUndefined();
  expect(specOf('message', '2024')).toBe(specOf('message', '2025'));
  expect(specOf('message', '2026a')).toBe(specOf('message', '2026b'));
});
