import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { mostBounceLocal } from '#core/api/mail.ts';
import { deliveryOfReturnPath, returnPathOf } from './verp.ts';

const key = Buffer.alloc(32, 1);

test('a return path names its delivery, also after a server has written it in capitals', () => {
  for (const id of [randomUUID(), '00000000-0000-0000-0000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
    const path = returnPathOf('bounces@example.org', id, key);
    expect(path).toMatch(/^bounces\+[a-z2-7]{34}@example\.org$/);
    expect(deliveryOfReturnPath(path, key)).toBe(id);
    expect(deliveryOfReturnPath(`<${path.toUpperCase()}>`, key)).toBe(id);
    expect(returnPathOf(`${'x'.repeat(mostBounceLocal)}@example.org`, id, key).split('@')[0]).toHaveLength(64);
    expect(deliveryOfReturnPath(returnPathOf('a+b@example.org', id, key), key)).toBe(id);
  }
});

test('a return path that was changed, made up, or made with another key names nothing', () => {
  const path = returnPathOf('bounces@example.org', randomUUID(), key);
  const changed = path.replace(/\+(.)/, (_, first: string) => `+${first === 'a' ? 'b' : 'a'}`);
  expect(deliveryOfReturnPath(changed, key)).toBeNull();
  expect(deliveryOfReturnPath(path, Buffer.alloc(32, 2))).toBeNull();
  for (const other of ['bounces@example.org', 'bounces+@example.org', `bounces+${'a'.repeat(34)}@example.org`, 'bounces+1890@example.org', '']) {
    expect(deliveryOfReturnPath(other, key)).toBeNull();
  }
});

test('a test mail is no delivery: its return path is the address itself', () => {
  expect(returnPathOf('bounces@example.org', `test-${randomUUID()}`, key)).toBe('bounces@example.org');
});
