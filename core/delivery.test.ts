import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canMove, DeliveryState, finalStates } from './delivery.ts';

const states = DeliveryState.options;
const nextOf = (from: DeliveryState) => states.filter((to) => canMove(from, to));

test('nothing goes out without passing through committing', () => {
  const before: DeliveryState[] = ['planned', 'claimed'];
  const out: DeliveryState[] = ['sent', 'delivered', 'read', 'uncertain'];
  for (const from of before) for (const to of out) expect(canMove(from, to), `${from} to ${to}`).toBe(false);
});

test('from committing on nobody can cancel or skip it any more', () => {
  for (const from of ['committing', 'sent', 'delivered', 'read', 'uncertain'] as const) {
    expect(canMove(from, 'cancelled')).toBe(false);
    expect(canMove(from, 'skipped')).toBe(false);
  }
});

test('only a proven absence, or a failure that is told, plans something again that may have gone out', () => {
  const backToPlanned = states.filter((from) => canMove(from, 'planned'));
  expect(backToPlanned.toSorted()).toEqual(['claimed', 'committing', 'failed', 'uncertain']);
});

test('receipts that arrive late or out of order climb and never go down', () => {
  const ladder: DeliveryState[] = ['sent', 'delivered', 'read'];
  for (const [low, from] of ladder.entries()) for (const [high, to] of ladder.entries()) expect(canMove(from, to)).toBe(high > low);
  for (const to of ladder) expect(canMove('uncertain', to)).toBe(true);
});

test('what was read, skipped or cancelled stays so, and only a receipt or another try outweighs a failure', () => {
  for (const from of ['read', 'skipped', 'cancelled'] as const) expect(nextOf(from)).toEqual([]);
  expect(nextOf('failed')).toEqual(['planned', 'delivered', 'read']);
});

test('what is not final always has somewhere to go, and nothing moves to itself', () => {
  const isFinal = (state: DeliveryState) => finalStates.some((one) => one === state);
  for (const state of states) {
    if (!isFinal(state)) expect(nextOf(state), state).not.toEqual([]);
    expect(canMove(state, state)).toBe(false);
  }
});

test('every state can be reached, and from each an end can be reached', () => {
  const reached = (from: DeliveryState) => {
    const seen = new Set<DeliveryState>([from]);
    for (const state of seen) for (const next of nextOf(state)) seen.add(next);
    return seen;
  };
  expect(reached('planned')).toEqual(new Set(states));
  for (const state of states)
    expect(
      [...reached(state)].some((one) => nextOf(one).length === 0),
      state,
    ).toBe(true);
});

test('once sent, no walk of allowed moves leads to a second send unless it failed', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (choices) => {
      let state: DeliveryState = 'sent';
      for (const choice of choices) {
        const moves = nextOf(state);
        if (moves.length === 0 || state === 'failed') return;
        state = moves[choice % moves.length] ?? state;
        expect(state).not.toBe('committing');
      }
    }),
  );
});
