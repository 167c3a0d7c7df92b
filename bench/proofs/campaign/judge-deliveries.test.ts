import { expect, test } from 'vitest';
import type { Held } from './held.ts';
import { judgeDeliveries, judgeTurns, type Told } from './judge-deliveries.ts';

const told = (address: string, more: Partial<Told> = {}): Told => ({ id: `of ${address}`, way: 'mail', address, state: 'sent', ...more });
const held = (address: string, way: Held['way'] = 'mail'): Held => ({ way, address, isDelivered: false });

test('who is held once as told is nobody’s fault, and neither is who is held nowhere with a state that says so', () => {
  const people = [told('a'), told('b', { state: 'failed' }), told('c', { state: 'uncertain' }), told('d', { state: 'uncertain' })];
  expect(judgeDeliveries(people, [held('a'), held('c')])).toEqual([]);
});

test('a double is seen by each way and across ways, and so are a loss, a stranger, what has no end, and an uncertain web send', () => {
  expect(judgeDeliveries([told('a')], [held('a'), held('a')])).toEqual(['mail, a, delivery of a, sent: held 2 times']);
  expect(judgeDeliveries([told('+1', { way: 'web' })], [held('+1', 'web'), held('+1', 'meta')])).toHaveLength(2);
  expect(judgeDeliveries([told('a')], [])).toEqual(['mail, a, delivery of a, sent: held nowhere']);
  expect(judgeDeliveries([told('a', { state: 'skipped' })], [held('a')])).toHaveLength(1);
  expect(judgeDeliveries([told('a', { state: 'committing' })], [held('a')])).toEqual(['mail, a, delivery of a, committing: it has no end']);
  expect(judgeDeliveries([], [held('x')])).toEqual(['x was written to, and is none of the people']);
  expect(judgeDeliveries([told('+1', { way: 'web', state: 'uncertain' })], [])).toHaveLength(1);
});

test('a kill may leave as many uncertain as are on their way at once, once each, and nothing turns uncertain without one', () => {
  const lanes = [{ accountId: 'number', way: 'meta' as const, atOnce: 1 }];
  const turn = (id: string, at: number) => ({ id, accountId: 'number', at: new Date(at) });
  const killedAt = [10, 20];
  expect(judgeTurns([turn('a', 12), turn('a', 15), turn('b', 25)], { lanes, killedAt })).toEqual([]);
  expect(judgeTurns([turn('a', 12), turn('b', 15)], { lanes, killedAt })).toEqual(['meta, account number: kill 1 left 2 uncertain, and may leave 1']);
  expect(judgeTurns([turn('a', 5)], { lanes, killedAt })).toHaveLength(1);
});
