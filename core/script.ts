import { z } from 'zod';
import { MediaRules } from './media.ts';
import { ScreenState } from './profile.ts';
import { checkPack } from './script-check.ts';
import { ScriptName, Selector, Stored } from './script-selectors.ts';
import { Step, Template } from './script-steps.ts';

/**
 * A script pack: everything Patchbay knows about one web messenger, as data. *selectors* name parts of the page, *states* tell
 * which screen is shown, *flows* are lists of steps, *locales* hold the words that tier-C selectors look for.
 */
const names = z.union([ScriptName, z.array(ScriptName).min(1).max(8)]).transform((value) => (Array.isArray(value) ? value : [value]));

/** One screen. Every part must hold, and at least one must be positive: a screen is recognised by what is there, never by what is missing. */
export const StateProbe = z
  .strictObject({
    is: ScreenState,
    visible: names.optional(),
    hidden: names.optional(),
    urlHas: z.string().min(1).max(100).optional(),
    stored: Stored.optional(),
    /** What a person reads about it. */
    why: z.string().max(200).optional(),
  })
  .refine((probe) => probe.visible || probe.urlHas || probe.stored, 'A state needs something that is there: visible, urlHas or stored')
  .refine((probe) => probe.is !== 'ready' || probe.visible, 'ready is proven by something visible');
export type StateProbe = z.output<typeof StateProbe>;

export const Flow = z.strictObject({
  title: z.string().max(100).optional(),
  /** Of own flows. The inputs of the known flows are fixed. */
  inputs: z.array(ScriptName).max(10).optional(),
  steps: z.array(Step).max(60),
});
export type Flow = z.output<typeof Flow>;

/** A question and answer on the page's sockets, such as "the archive has been read". Only counts are kept, never what was said. */
const Exchange = z.strictObject({
  /** Every part must occur in a frame that the page sends. */
  ask: z.array(z.string().min(1).max(200)).min(1),
  /** At least one of the questions must also name this. */
  about: Template.optional(),
  answer: z.array(z.string().min(1).max(200)).min(1),
});

const QrLogin = z.strictObject({
  steps: z.array(Step).max(20).default([]),
  of: ScriptName,
  /** The attribute that holds the text of the code, forwarded as it is; without one the picture is decoded. */
  attribute: z.string().max(60).optional(),
  /** Clicked when it is visible while somebody watches: the code has expired. */
  refresh: ScriptName.optional(),
});
/**
 * A form: its steps, where a link code to be typed into the phone appears, and what is visible when the input was wrong. If that has a
 * field `message`, people read what it says.
 */
const FormLogin = z.strictObject({
  steps: z.array(Step).min(1).max(30),
  shows: z.strictObject({ of: ScriptName, field: ScriptName }).optional(),
  wrong: ScriptName.optional(),
  until: z.array(ScreenState).min(1).default(['ready', 'syncing', 'needs_code', 'needs_password', 'needs_passkey']),
  seconds: z.number().min(1).max(300).default(60),
});

const PackShape = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  title: z.string().min(1).max(60),
  /** Where the messenger lives; a profile may set its own. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  home: z.string().regex(/^\//).default('/'),
  addressedBy: z.enum(['phone', 'jid', 'handle']),
  reports: z.array(z.enum(['sent', 'delivered', 'read'])).min(1),
  /** Whether an id names one message of the account, or several conversations may have a message with the same id. */
  messageIds: z.enum(['account', 'conversation']).default('account'),
  locale: z.strictObject({ default: z.string().regex(/^[a-z]{2}$/), supported: z.array(z.string().regex(/^[a-z]{2}$/)).min(1) }),
  text: z
    .strictObject({
      maxLength: z.number().int().min(1).default(4096),
      newline: z.string().default('Shift+Enter'),
      /** What the messenger makes of what is typed, such as ":)" → "🙂"; both sides of a comparison are rewritten so. */
      rewrites: z.record(z.string(), z.string()).default({}),
      /** Beginnings that the messenger would read as a command. */
      refuses: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  /** What the flow "sendMedia" can send; checked before anything is queued. */
  media: MediaRules.prefault({}),
  hears: z.record(ScriptName, Exchange).default({}),
  selectors: z.record(ScriptName, Selector),
  states: z.array(StateProbe).min(1).max(40),
  /** Seconds until a page that shows none of the states is called `unknown`. */
  unknownAfterSeconds: z.number().min(1).max(300).default(30),
  /** A page that has sent something hears something back within so many seconds, or its line hangs. Null: silence proves nothing there. */
  answersWithinSeconds: z.number().min(5).max(600).nullable().default(null),
  login: z
    .strictObject({ qr: QrLogin.optional(), password: FormLogin.optional(), phone: FormLogin.optional(), code: FormLogin.optional() })
    .default({}),
  flows: z.record(ScriptName, Flow),
});
export type Pack = z.output<typeof PackShape>;

/** Texts and date formats of one language of the messenger: `scripts/<pack>/locales/<language>.yaml`. */
export const LocalePack = z.strictObject({
  phrases: z.record(ScriptName, z.array(z.string().min(1).max(200)).min(1)).default({}),
  /** How this language writes times, such as "HH:mm, d/M/yyyy"; read in the page, so in the profile's time zone. */
  stamps: z.array(z.string().min(1).max(60)).default([]),
});
export type LocalePack = z.output<typeof LocalePack>;

export const Pack = PackShape.superRefine((pack, context) => {
  for (const { path, message } of checkPack(pack)) context.addIssue({ code: 'custom', path, message });
});

/** A pack together with its languages. */
export type LoadedPack = Pack & { locales: Record<string, LocalePack> };
export type LoginWay = keyof Pack['login'];

/** The JSON Schema of a pack file, for the editor. What only code can check (one commit, known names) is not in it. */
export function packJsonSchema(): object {
  return z.toJSONSchema(PackShape, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any', reused: 'ref' });
}
