import { expect, test } from 'vitest';
import { webK } from './dom-k.ts';
import { domTable } from './dom-table.ts';

test('every node of the page cites its row of the facts, or says that it is ours', () => {
  const uncited = [...Object.entries(domTable), ...Object.entries(webK)].filter(([, row]) => !/^(ours$|[12] )/.test(row.fact));
  expect(uncited).toEqual([]);
});
