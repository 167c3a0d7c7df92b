import { z } from 'zod';
import { failures } from './failure.ts';
import { ScreenState } from './profile.ts';
import { ScriptName } from './script-selectors.ts';

/** A text in which `{{input}}`, `{{input|digits}}` and `{{input|bare}}` (no @ in front) are replaced by inputs of the flow, and by nothing else. */
export const Template = z.string().min(1).max(500);
const seconds = z.number().min(0.1).max(300);
const KeyName = z
  .string()
  .regex(/^(Shift\+|Control\+)?(Enter|Escape|Tab|Backspace|Delete|End|Home|Arrow(Up|Down|Left|Right)|[a-zA-Z0-9])$/, 'Not a key that can be pressed');
const Acknowledged = z.array(z.enum(['sent', 'delivered', 'read'])).min(1);
const Where = z.record(ScriptName, Template);
const FailureName = z.enum(Object.keys(failures) as [keyof typeof failures]);

/** What a step may do, one key each. The list is closed: nothing here runs code, and only `commit` may send. */
const plainSteps = {
  /** Loads a path below the base URL; `fresh` reloads even when the page is there already. */
  goto: z.strictObject({ path: z.string().max(300), fresh: z.boolean().default(false) }),
  /** Runs the flow `open` with `to`. */
  open: z.strictObject({ conversation: Template }),
  run: z.strictObject({ flow: ScriptName }),
  /**
   * Asks the messenger whose conversation an address is: loads the path anew, with nothing open, and takes the id that the page then shows.
   * From here on the guard knows the conversation of `address` by that id.
   */
  resolve: z.strictObject({
    path: z.string().max(300),
    address: Template,
    from: ScriptName,
    field: ScriptName,
    seconds,
    else: FailureName.default('no_such_recipient'),
  }),
  /**
   * The element, of several the one whose fields fit `where`; with `orFirst` the first one when none fits, with `only` none when several
   * fit: two groups may bear one name.
   */
  click: z.strictObject({
    on: ScriptName,
    where: Where.optional(),
    orFirst: z.boolean().default(false),
    only: z.boolean().default(false),
    optional: z.boolean().default(false),
  }),
  /** For buttons that a page shows only under the mouse. */
  hover: z.strictObject({ on: ScriptName, where: Where.optional() }),
  /** Hands the file of the send to the file input for its kind. Which file that is, no script can say. */
  attach: z.strictObject({ to: z.strictObject({ image: ScriptName, video: ScriptName, document: ScriptName }) }),
  /** One input event, read back. `compare: digits` for phone fields that reformat; `none` for fields that hide what they hold. */
  fill: z.strictObject({ into: ScriptName, value: Template, compare: z.enum(['exact', 'digits', 'none']).default('exact') }),
  /** Human typing by the pace, read back. */
  type: z.strictObject({ into: ScriptName, text: Template }),
  press: z.strictObject({ key: KeyName, on: ScriptName.optional() }),
  /** The opened conversation is the recipient's, and the composer holds nothing. Checked again at the commit. */
  guard: z.strictObject({ header: Template, composer: z.literal('empty').optional() }),
  /** Until one of `for` is visible, `gone` is not, the screen is one of `state`, an exchange of `heard` is complete. */
  wait: z.strictObject({
    for: z.union([ScriptName, z.array(ScriptName).min(1)]).optional(),
    gone: ScriptName.optional(),
    state: z.array(ScreenState).min(1).optional(),
    heard: ScriptName.optional(),
    seconds,
    else: FailureName.default('timed_out'),
  }),
  /**
   * Reads the fields of the items into the result, under `as`. `through` is a list that draws only the rows near its viewport: it is
   * scrolled down, at most `screens` times, and what was seen on the way is joined by `unique`.
   */
  extract: z
    .strictObject({
      from: ScriptName,
      as: ScriptName,
      unique: ScriptName.optional(),
      max: z.number().int().min(1).max(2000).default(200),
      through: ScriptName.optional(),
      screens: z.number().int().min(1).max(200).default(20),
    })
    .refine((step) => !step.through || step.unique, 'Scrolling through a list needs "unique"'),
  /** Reads the newest messages of the open conversation into the result. */
  read_bubbles: z.strictObject({ max: z.number().int().min(1).max(200).default(50) }),
  scrollTo: z.strictObject({ in: ScriptName, edge: z.enum(['top', 'bottom']) }),
  assert: z.strictObject({ visible: ScriptName.optional(), hidden: ScriptName.optional(), else: FailureName }),
  /** `until` is a selector whose field `until` says when it may be tried again. */
  fail: z.strictObject({ code: FailureName, until: ScriptName.optional() }),
  /** The one irreversible act. The engine writes the anchor before it and demands the proof after it. */
  commit: z
    .strictObject({ press: KeyName.optional(), click: ScriptName.optional() })
    .refine((act) => Boolean(act.press) !== Boolean(act.click), 'Either press or click'),
  /**
   * A new outgoing bubble after the anchor with our text, acknowledged by the server. `again` runs a flow when the proof is still
   * missing after some seconds, for messengers that show the server's receipt only after a reload.
   */
  prove: z.strictObject({
    new: ScriptName,
    where: Where,
    acknowledged: Acknowledged,
    seconds,
    again: z.strictObject({ afterSeconds: seconds, flow: ScriptName }).optional(),
  }),
  /** The same proof later: the history is loaded past the anchor and searched for our text. `top` tells that nothing older exists. */
  find: z.strictObject({
    in: ScriptName,
    of: ScriptName,
    where: Where,
    acknowledged: Acknowledged,
    top: z.strictObject({ visible: ScriptName.optional(), hidden: ScriptName.optional() }),
    /** How long a found but pending message may take, and how long the picture must stand still before absence is believed. */
    seconds,
    stillSeconds: seconds.default(2),
  }),
};

const oneKey = (step: object) => Object.values(step).filter((value) => value !== undefined).length === 1;
export const PlainStep = z.strictObject(plainSteps).partial().refine(oneKey, 'A step is one key');
export type PlainStep = z.output<typeof PlainStep>;
const Body = z.array(PlainStep).max(20);

/** Plain steps, and two that hold plain steps. Deeper nesting is a flow of its own. */
export const Step = z
  .strictObject({
    ...plainSteps,
    when: z
      .strictObject({
        visible: ScriptName.optional(),
        /** An input is an address of this form: +49…, digits (with a minus for groups), or a name. */
        given: z.strictObject({ input: ScriptName, as: z.enum(['phone', 'id', 'handle']) }).optional(),
        seconds: z.number().min(0).max(60).default(0),
        do: Body.min(1),
        else: Body.optional(),
      })
      .refine((step) => Boolean(step.visible) !== Boolean(step.given), 'Either visible or given'),
    /** For each item's `key` field, at most `max`; inside, `{{item}}` is that value. */
    forEach: z.strictObject({ of: ScriptName, key: ScriptName, max: z.number().int().min(1).max(50), do: Body.min(1) }),
  })
  .partial()
  .refine(oneKey, 'A step is one key');
export type Step = z.output<typeof Step>;
export type StepKind = keyof Step;

export const stepKind = (step: Step): StepKind => {
  const [kind] = Object.entries(step).find(([, value]) => value !== undefined) ?? [];
  // The schema lets only these keys through, and exactly one.
  return kind as StepKind;
};

/** A step's own texts with placeholders, its nested steps not included. */
export function templatesOf(step: Step): string[] {
  const { when, forEach, ...plain } = step;
  return [JSON.stringify(plain)];
}
export const nestedSteps = (step: Step): Step[] => [...(step.when?.do ?? []), ...(step.when?.else ?? []), ...(step.forEach?.do ?? [])];
