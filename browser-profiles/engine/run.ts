import type { Media } from '#core/channel.ts';
import type { Anchor } from '#core/delivery.ts';
import { Failure } from '#core/failure.ts';
import type { Pace } from '#core/pace.ts';
import type { Bubble } from './bubbles.ts';
import type { Ear } from './ear.ts';
import type { Eyes } from './look.ts';
import type { Inputs } from './substitute.ts';
import type { Hooks } from './trace.ts';

/** What a flow ended with. */
export type Outcome =
  | {
      is: 'sent';
      platformId: string;
      at: Date;
      status: 'sent' | 'delivered' | 'read';
      /** The messenger's own id of the conversation, where the address is another. */
      conversation: string | null;
    }
  | { is: 'dry_run' }
  | { is: 'absent' }
  | { is: 'refused'; why: string }
  | { is: 'unknown'; why: string }
  | { is: 'done'; rows: Record<string, Rows>; messages: Bubble[] };
export type Rows = Record<string, string | null>[];

/** What a send remembers between its steps. */
export type Sending = {
  /** What stands in the message field because of us. Null: nothing does. */
  typed: string | null;
  /** Which field that is: the composer, or the caption of a file. */
  field: 'composer' | 'caption';
  /** The page holds the file of this send, not sent yet. */
  isAttached: boolean;
  /** The recipient that the guard demanded. */
  to: string | null;
  /** The header as it was when the recipient was proven by looking it up (a saved name says nothing about the number). */
  provenHeader: string | null;
  anchor: Anchor | null;
  /** The recipient's conversation as the messenger itself named it. */
  resolved: { address: string; id: string } | null;
  /** Every message id that was on the page just before the act. */
  known: ReadonlySet<string>;
  /** Those of them that had no id of the server yet. They will come to stand under another one. */
  locals: readonly Bubble[];
  /** The act has been begun: from here on only the proof counts. */
  isActed: boolean;
};

/** One run of one flow on one page. */
export type Run = {
  eyes: Eyes;
  hooks: Hooks;
  pace: Pace;
  ear: Ear;
  baseUrl: string;
  flow: string;
  isDryRun: boolean;
  /** An earlier attempt of the same delivery may have left its text behind: a draft that begins our text is ours. */
  isRetried: boolean;
  /** For `confirm`: what stood there before the commit. */
  anchor: Anchor | null;
  /** What `attach` hands over. */
  media: Media | null;
  sending: Sending;
  outcome: Outcome | null;
  rows: Record<string, Rows>;
  messages: Bubble[];
};

/** The same run with other inputs, for flows within flows. */
export const withInputs = (run: Run, inputs: Inputs): Run => ({ ...run, eyes: { ...run.eyes, inputs } });

/** The input that a step's meaning rests on, such as the text of a send. */
export function inputOf(run: Run, name: string): string {
  const value = run.eyes.inputs[name];
  if (value === undefined) throw new Failure('script_invalid', `The flow "${run.flow}" was not given "${name}".`);
  return value;
}
