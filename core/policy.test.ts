import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ceilings, ceilingKindOf, ceilingsOf, decide, defaultCeilings, limitsOf, type PolicyInput, QuietHours, quietUntil } from './policy.ts';
import { warmUpOf } from './warm-up.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const noon = new Date('2026-06-03T12:00:00Z');
const ago = (ms: number) => new Date(noon.getTime() - ms);
type Given = Partial<Omit<PolicyInput, 'limits' | 'uses'>> & {
  ceilings?: Ceilings;
  accountUses?: Date[];
  newContactUses?: Date[];
  knownContactUses?: Date[];
  recipientUses?: Date[];
  proxyUses?: Date[];
};
const input = (change: Given = {}): PolicyInput => ({
  now: noon,
  isReply: false,
  isNewContact: false,
  limits: limitsOf(change.ceilings ?? {}, { firstAt: null, now: noon }),
  quietHours: null,
  recipientZone: 'UTC',
  uses: {
    account: change.accountUses ?? [],
    cold: change.newContactUses ?? [],
    warm: change.knownContactUses ?? [],
    recipient: change.recipientUses ?? [],
    proxy: change.proxyUses ?? [],
    pair: [],
    portfolio: [],
  },
  gap: null,
  restrictedUntil: null,
  failingUntil: null,
  ...change,
});
const quiet = (from: string, to: string, weekdays: number[] = []) => QuietHours.parse({ from, to, weekdays });

describe('ceilings', () => {
  test('without a ceiling everything goes', () => {
    expect(decide(input({ accountUses: Array.from({ length: 500 }, () => noon) }))).toEqual({ is: 'go' });
  });

  test('a full hour waits until its oldest send is an hour old', () => {
    const answer = decide(input({ ceilings: { perHour: 2 }, accountUses: [ago(50 * minute), ago(10 * minute)] }));
    expect(answer).toEqual({ is: 'wait', reason: 'account_limit', holdsLane: true, until: new Date(noon.getTime() + 10 * minute) });
  });

  test('sends on both sides of a full clock hour count together', () => {
    const answer = decide(input({ ceilings: { perHour: 2 }, accountUses: [ago(2 * minute), ago(1 * second)] }));
    expect(answer.is).toBe('wait');
  });

  test('a send that is exactly as old as the window no longer counts', () => {
    expect(decide(input({ ceilings: { perMinute: 1 }, accountUses: [ago(minute)] }))).toEqual({ is: 'go' });
    expect(decide(input({ ceilings: { perMinute: 1 }, accountUses: [ago(minute - 1)] })).is).toBe('wait');
  });

  test('of several full windows the one that ends last is named', () => {
    const answer = decide(input({ ceilings: { perMinute: 1, perRecipientPerDay: 1 }, accountUses: [ago(second)], recipientUses: [ago(20 * hour)] }));
    expect(answer).toEqual({ is: 'wait', reason: 'recipient_limit', holdsLane: false, until: new Date(noon.getTime() + 4 * hour) });
  });

  test('a known contact is not held by the ceiling for new ones', () => {
    const full = { ceilings: { newContactsPerDay: 1 }, newContactUses: [ago(hour)] };
    expect(decide(input({ ...full, isNewContact: true }))).toMatchObject({ is: 'wait', reason: 'new_contact_limit' });
    expect(decide(input({ ...full, isNewContact: false }))).toEqual({ is: 'go' });
  });

  test('a ceiling of no new contacts lets none out, whatever went before', () => {
    expect(decide(input({ ceilings: { newContactsPerDay: 0 }, isNewContact: true }))).toMatchObject({ is: 'wait', reason: 'new_contact_limit' });
  });

  test('new and known contacts fill buckets of their own', () => {
    const full = { ceilings: { newContactsPerHour: 1, knownContactsPerHour: 1 }, knownContactUses: [ago(minute)] };
    expect(decide(input({ ...full, isNewContact: true }))).toEqual({ is: 'go' });
    expect(decide(input({ ...full, isNewContact: false }))).toMatchObject({ reason: 'known_contact_limit', holdsLane: false });
  });

  test('a proxy that has carried enough holds the lane, replies too', () => {
    const full = { ceilings: { perProxyPerHour: 1 }, proxyUses: [ago(minute)] };
    for (const isReply of [false, true]) expect(decide(input({ ...full, isReply }))).toMatchObject({ reason: 'proxy_limit', holdsLane: true });
  });

  test('a restriction holds whoever is new until its end, known people and replies flow', () => {
    const restrictedUntil = new Date(noon.getTime() + hour);
    expect(decide(input({ restrictedUntil, isNewContact: true }))).toEqual({
      is: 'wait',
      reason: 'restricted',
      until: restrictedUntil,
      holdsLane: false,
    });
    expect(decide(input({ restrictedUntil }))).toEqual({ is: 'go' });
    expect(decide(input({ restrictedUntil, isNewContact: true, isReply: true }))).toEqual({ is: 'go' });
  });

  test('campaigns of an account that fails rest, replies do not', () => {
    const failingUntil = new Date(noon.getTime() + hour);
    expect(decide(input({ failingUntil }))).toEqual({ is: 'wait', reason: 'too_many_failed', until: failingUntil, holdsLane: true });
    expect(decide(input({ failingUntil, isReply: true }))).toEqual({ is: 'go' });
  });

  test('after a batch the lane takes a break, which replies do not wait for', () => {
    const batch = { accountUses: [ago(minute)], gap: { ms: 5 * minute, isBreak: true } };
    const until = new Date(noon.getTime() + 4 * minute);
    expect(decide(input(batch))).toEqual({ is: 'wait', reason: 'break', until, holdsLane: true });
    expect(decide(input({ ...batch, isReply: true }))).toEqual({ is: 'go' });
  });

  test('a reply passes quiet hours and the recipient’s ceiling, but not the account’s', () => {
    const asleep = {
      isReply: true,
      quietHours: quiet('00:00', '23:59'),
      ceilings: { perMinute: 1, perRecipientPerDay: 1 },
      recipientUses: [ago(hour)],
    };
    expect(decide(input(asleep))).toEqual({ is: 'go' });
    expect(decide(input({ ...asleep, accountUses: [ago(second)] }))).toMatchObject({ is: 'wait', reason: 'account_limit' });
  });
});

test('an account’s own ceilings stand over the workspace’s of its kind, and these over the defaults', () => {
  expect(['email', 'whatsapp-web', 'messenger'].map(ceilingKindOf)).toEqual(['email', 'web', 'meta']);
  const ofWorkspace = { web: { perDay: 40, perHour: 20, warmUp: false }, email: { perHour: 7 } };
  expect(ceilingsOf('web', ofWorkspace, { perDay: 3, perHour: undefined })).toEqual({
    ...defaultCeilings.web,
    perDay: 3,
    perHour: 20,
    warmUp: false,
  });
  expect(ceilingsOf('email', ofWorkspace, {})).toEqual({ ...defaultCeilings.email, perHour: 7 });
  expect(ceilingsOf('web', null, {})).toEqual(defaultCeilings.web);
});

describe('the warm-up of a new account', () => {
  const mostOf = (days: number | null) =>
    limitsOf(defaultCeilings.web, { firstAt: days === null ? null : ago(days * day), now: noon }).map(({ kind, most, reason }) => [
      kind,
      most,
      reason,
    ]);

  test('begins with a sixth of what it may send in hours and days, and says that this is why', () => {
    expect(mostOf(null)).toEqual(mostOf(0));
    expect(mostOf(0)).toEqual([
      ['account', 4, 'account_limit'],
      ['account', 5, 'warm_up'],
      ['account', 25, 'warm_up'],
      ['cold', 2, 'warm_up'],
      ['recipient', 2, 'recipient_limit'],
    ]);
  });

  test('grows each day and is over on the seventh', () => {
    const cold = [0, 1, 2, 3, 4, 5, 6].map((days) => mostOf(days)[3]?.[1]);
    expect(cold).toEqual([2, 3, 4, 6, 7, 9, 10]);
    expect(warmUpOf(ago(5.5 * day), noon)).toMatchObject({ day: 6 });
    expect(warmUpOf(ago(6 * day), noon)).toBeNull();
  });

  test('leaves a ceiling of none at none, and can be switched off', () => {
    expect(limitsOf({ newContactsPerDay: 0, warmUp: true }, { firstAt: null, now: noon })).toMatchObject([{ most: 0, reason: 'new_contact_limit' }]);
    expect(limitsOf({ perDay: 150, warmUp: false }, { firstAt: null, now: noon })).toMatchObject([{ most: 150 }]);
  });
});

describe('a lane that asks policy before each send, at any moments', () => {
  const ceilings = fc.record({
    perMinute: fc.integer({ min: 1, max: 5 }),
    perHour: fc.integer({ min: 1, max: 20 }),
    perDay: fc.integer({ min: 1, max: 40 }),
  });
  const pauses = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 * second }), fc.integer({ min: 0, max: 2 * hour })), { maxLength: 120 });

  test('never has more sends in any window than its ceiling', () => {
    fc.assert(
      fc.property(ceilings, pauses, (limits, steps) => {
        const uses = simulate(limits, steps);
        expect(densest(uses, minute)).toBeLessThanOrEqual(limits.perMinute);
        expect(densest(uses, hour)).toBeLessThanOrEqual(limits.perHour);
        expect(densest(uses, day)).toBeLessThanOrEqual(limits.perDay);
      }),
    );
  });

  test('may send at the promised moment and not a millisecond earlier', () => {
    fc.assert(
      fc.property(ceilings, pauses, (limits, steps) => {
        const uses = simulate(limits, steps);
        const now = uses.at(-1) ?? noon;
        const answer = decide(input({ now, ceilings: limits, accountUses: uses }));
        if (answer.is === 'go') return;
        expect(decide(input({ now: answer.until, ceilings: limits, accountUses: uses }))).toEqual({ is: 'go' });
        expect(decide(input({ now: new Date(answer.until.getTime() - 1), ceilings: limits, accountUses: uses })).is).toBe('wait');
      }),
    );
  });
});

/** The clock moves by the given steps; whenever policy says go, a use is booked. */
function simulate(ceilings: Ceilings, steps: readonly number[]): Date[] {
  let now = noon.getTime();
  const uses: Date[] = [];
  for (const step of steps) {
    now += step;
    if (decide(input({ now: new Date(now), ceilings, accountUses: uses })).is === 'go') uses.push(new Date(now));
  }
  return uses;
}

/** The most uses in any half-open window of a length; the densest window ends at some use. */
function densest(uses: readonly Date[], length: number): number {
  const counts = uses.map((end) => uses.filter((one) => one <= end && end.getTime() - one.getTime() < length).length);
  return Math.max(0, ...counts);
}

describe('quiet hours', () => {
  test('over midnight they end in the morning, before and after midnight', () => {
    const night = quiet('21:00', '08:00');
    expect(quietUntil(new Date('2026-06-03T19:00:00Z'), night, 'Europe/Berlin')).toEqual(new Date('2026-06-04T06:00:00Z'));
    expect(quietUntil(new Date('2026-06-04T05:59:00Z'), night, 'Europe/Berlin')).toEqual(new Date('2026-06-04T06:00:00Z'));
    expect(quietUntil(new Date('2026-06-04T06:00:00Z'), night, 'Europe/Berlin')).toBeNull();
    expect(quietUntil(new Date('2026-06-03T18:59:59Z'), night, 'Europe/Berlin')).toBeNull();
  });

  test('they are those of the recipient’s zone', () => {
    const night = quiet('21:00', '08:00');
    expect(quietUntil(noon, night, 'Europe/Berlin')).toBeNull();
    expect(quietUntil(noon, night, 'Pacific/Auckland')).toEqual(new Date('2026-06-03T20:00:00Z'));
  });

  test('within one day they leave morning and evening free', () => {
    const midday = quiet('12:00', '14:00');
    expect(quietUntil(noon, midday, 'UTC')).toEqual(new Date('2026-06-03T14:00:00Z'));
    expect(quietUntil(new Date('2026-06-03T14:00:00Z'), midday, 'UTC')).toBeNull();
  });

  test('the same start and end means none', () => {
    expect(quietUntil(noon, quiet('12:00', '12:00'), 'UTC')).toBeNull();
  });

  test('a quiet weekend ends on Monday morning, not at its midnight', () => {
    const friday = new Date('2026-06-05T20:00:00Z');
    expect(quietUntil(friday, quiet('21:00', '08:00', [6, 7]), 'Europe/Berlin')).toEqual(new Date('2026-06-08T06:00:00Z'));
  });

  test('six quiet weekdays still leave the seventh', () => {
    expect(quietUntil(noon, quiet('00:00', '00:00', [1, 2, 3, 4, 5, 6]), 'UTC')).toEqual(new Date('2026-06-07T00:00:00Z'));
  });

  test('the night in which clocks go forward is an hour shorter, the one in which they go back an hour longer', () => {
    const night = quiet('21:00', '08:00');
    expect(quietUntil(new Date('2026-03-28T21:00:00Z'), night, 'Europe/Berlin')).toEqual(new Date('2026-03-29T06:00:00Z'));
    expect(quietUntil(new Date('2026-10-24T20:00:00Z'), night, 'Europe/Berlin')).toEqual(new Date('2026-10-25T07:00:00Z'));
  });

  test('an end that clocks skip counts as reached when they jump over it', () => {
    expect(quietUntil(new Date('2026-03-29T00:30:00Z'), quiet('01:00', '02:30'), 'Europe/Berlin')).toEqual(new Date('2026-03-29T01:00:00Z'));
  });

  test('asked again anywhere before their end they name the same end, in every zone and season', () => {
    const clock = fc
      .integer({ min: 0, max: 1439 })
      .map((at) => `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`);
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    const changes = ['2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-04-05', '2026-10-04'].map((date) => new Date(`${date}T12:00:00Z`));
    const at = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -2 * day, max: day }))
      .map(([change, offset]) => new Date(change.getTime() + offset));
    const weekdays = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 2 });
    fc.assert(
      fc.property(fc.record({ from: clock, to: clock, days: weekdays }), zone, at, ({ from, to, days }, where, now) => {
        const hours = quiet(from, to, days);
        const end = quietUntil(now, hours, where);
        if (!end) return;
        expect(quietUntil(end, hours, where)).toBeNull();
        const between = [0.25, 0.9].map((part) => new Date(now.getTime() + part * (end.getTime() - now.getTime())));
        for (const one of [...between, new Date(end.getTime() - 1)]) expect(quietUntil(one, hours, where)).toEqual(end);
      }),
      { numRuns: 60 },
    );
  });
});

test('a ceiling of nothing is refused where it would stop an account for good', () => {
  expect(Ceilings.safeParse({ perHour: 0 }).success).toBe(false);
  expect(Ceilings.safeParse({ newContactsPerDay: 0 }).success).toBe(true);
});
