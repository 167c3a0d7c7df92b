import type { FailureCode, PlatformError } from '#core/failure.ts';

/** When the same may be tried again: after `seconds`, `factor` times longer with each try, `most` times. */
export type Retry = { seconds: number; factor: number; most: number };
/** What rests until the reason is gone: nothing else, everything of the account for a time, its campaign, or the account until a person resumes it. */
export type Pause = 'nothing' | 'lane' | 'campaign' | 'account';
/** One row: what an error of the Graph API means, when to try again, what rests meanwhile, and who has to know. */
export type GraphRule = {
  means: string;
  /** Single codes, or both ends of a range. */
  codes: readonly (number | readonly [number, number])[];
  /** Only with one of these; rows with subcodes come before rows without. */
  subcodes?: readonly number[];
  failure: FailureCode;
  retry: Retry | null;
  pauses: Pause;
  tells: 'nobody' | 'operator' | 'admin';
  /** The person wants no more of this: nothing but answers goes to them from now on. */
  suppresses?: true;
};

const minute = 60;
const day = 24 * 60 * minute;
const once = (seconds: number): Retry => ({ seconds, factor: 1, most: 1 });
const often = (seconds: number, factor: number): Retry => ({ seconds, factor, most: 5 });
/** So long a message whose answer said nothing is waited for: statuses and echoes come within seconds, late ones within minutes. */
export const wordSeconds = 15 * minute;
/** For this message only, and for good. */
const final = { retry: null, pauses: 'nothing', tells: 'nobody' } as const;

/**
 * Meta's numbers and what follows from each, whether Graph answers them or a webhook tells them. Titles and texts of errors change and go away,
 * numbers stay.
 *
 * `not_proven` is what may have been sent all the same, and Meta has no key that would keep a second try from being a second message. Where
 * Graph answered (1, 2, 131000, 135000, a bare 5xx) Meta's advice is to try again: it is, up to five times, but first uncertain for as long as
 * a status or an echo would take to show that it went out. A call without any answer stays uncertain until one comes, or a person decides.
 */
export const graphRules: readonly GraphRule[] = [
  { means: 'outside the window', codes: [10, 200], subcodes: [2018278, 2018065], failure: 'window_closed', ...final },
  { means: 'the page is restricted', codes: [10], subcodes: [1893063], failure: 'restricted', retry: null, pauses: 'account', tells: 'admin' },
  { means: 'nobody has this id', codes: [100], subcodes: [2018001], failure: 'no_such_recipient', ...final },
  { means: 'the token is not valid any more', codes: [0, 190], failure: 'platform_sign_in', retry: null, pauses: 'account', tells: 'admin' },
  { means: 'a permission is missing', codes: [3, 10, [200, 299]], failure: 'platform_permission', retry: null, pauses: 'account', tells: 'admin' },
  {
    means: 'Meta does not know either',
    codes: [1, 2, 131000, 135000],
    failure: 'not_proven',
    retry: often(30, 4),
    pauses: 'lane',
    tells: 'operator',
  },
  { means: 'the service is down', codes: [131016, 133004], failure: 'platform_busy', retry: often(10, 4), pauses: 'lane', tells: 'nobody' },
  { means: 'too many calls', codes: [4, 32, 613, 80007], failure: 'platform_busy', retry: often(5 * minute, 2), pauses: 'lane', tells: 'operator' },
  {
    means: 'more than the number may send in a second',
    codes: [130429],
    failure: 'platform_busy',
    retry: often(1, 2),
    pauses: 'lane',
    tells: 'nobody',
  },
  { means: 'the number is being moved', codes: [131057], failure: 'platform_busy', retry: often(minute, 1), pauses: 'lane', tells: 'nobody' },
  { means: 'too many to one person', codes: [131056], failure: 'platform_deferred', retry: often(6, 4), pauses: 'nothing', tells: 'nobody' },
  { means: 'too many were reported as spam', codes: [131048], failure: 'platform_held', retry: null, pauses: 'campaign', tells: 'operator' },
  {
    means: 'held back for the person’s sake',
    codes: [131049, 130472],
    failure: 'platform_deferred',
    retry: once(day),
    pauses: 'nothing',
    tells: 'nobody',
  },
  { means: 'the person wants no marketing', codes: [131050], failure: 'send_refused', ...final, suppresses: true },
  { means: 'it cannot be delivered to this person', codes: [131026], failure: 'send_refused', ...final },
  { means: 'the person has not written for 24 hours', codes: [131047], failure: 'window_closed', ...final },
  { means: 'the request is not right', codes: [33, 100, 131008, 131009, 131021, 131030, 131051], failure: 'send_refused', ...final },
  {
    means: 'the file did not get through',
    codes: [131052, 131053],
    failure: 'platform_deferred',
    retry: once(5),
    pauses: 'nothing',
    tells: 'nobody',
  },
  {
    means: 'the account may not send',
    codes: [368, 130497, 131031, 131037, 131042, 131045, 131063, 131064],
    failure: 'restricted',
    retry: null,
    pauses: 'account',
    tells: 'admin',
  },
  { means: 'a person cannot be written to by this id', codes: [131062], failure: 'send_refused', ...final },
  {
    means: 'the template is missing, paused or disabled',
    codes: [132001, 132015, 132016],
    failure: 'template_refused',
    retry: null,
    pauses: 'campaign',
    tells: 'operator',
  },
  { means: 'the template does not fit', codes: [132000, 132005, 132007, 132008, 132012, 132068, 132069], failure: 'template_refused', ...final },
  {
    means: 'registered too often',
    codes: [133016],
    failure: 'platform_busy',
    retry: { seconds: 3 * day, factor: 1, most: 1 },
    pauses: 'lane',
    tells: 'admin',
  },
  { means: 'the person’s key has changed', codes: [137000], failure: 'send_refused', retry: null, pauses: 'nothing', tells: 'operator' },
  { means: 'the person left or blocked us', codes: [551, 1545041], failure: 'no_such_recipient', ...final },
];

const unknownRefusal: GraphRule = { means: 'an error that is not in the table', codes: [], failure: 'send_refused', ...final };
/** No answer, or one that says nothing: it may have been sent. */
const nothingSaid = 1;
const tooManyCalls = 4;
const badToken = 190;

/** The row for an error; without a code we know, the HTTP status decides. */
export function ruleFor({ code, subcode, status }: PlatformError): GraphRule {
  const known = code === null ? undefined : rowOf(code, subcode);
  if (known) return known;
  if (status === 401) return rowOf(badToken, null) ?? unknownRefusal;
  if (status === 429) return rowOf(tooManyCalls, null) ?? unknownRefusal;
  if (status >= 500 || status === 0) return rowOf(nothingSaid, null) ?? unknownRefusal;
  return unknownRefusal;
}

function rowOf(code: number, subcode: number | null): GraphRule | undefined {
  const fits = ({ codes }: GraphRule) => codes.some((one) => (typeof one === 'number' ? one === code : one[0] <= code && code <= one[1]));
  return graphRules.find((rule) => fits(rule) && (rule.subcodes === undefined || (subcode !== null && rule.subcodes.includes(subcode))));
}

/** Seconds until try number `attempt` (1 is the first that failed) may be followed by another; null: never. */
export function waitBefore({ retry }: GraphRule, attempt: number): number | null {
  return retry && attempt <= retry.most ? retry.seconds * retry.factor ** (attempt - 1) : null;
}
