import { z } from 'zod';

/** How long a person controls a profile without a sign of life. Every sign begins it anew; a lost connection ends it by itself. */
export const controlSeconds = 40;

/** What a script that was interrupted does when the page is its own again: begin anew, or take its next step. */
export const GoOn = z.enum(['restart', 'resume']);
export type GoOn = z.output<typeof GoOn>;

const place = { x: z.number().min(0).max(20_000), y: z.number().min(0).max(20_000) };
const button = z.enum(['left', 'middle', 'right']);
const tab = { tab: z.int().min(0) };
const key = { key: z.string().min(1).max(20), code: z.string().max(30) };

/** What a person does to a page, in CSS pixels of the page and the words of KeyboardEvent. Never logged: it may be a password. */
export const PageInput = z.discriminatedUnion('act', [
  z.object({ act: z.literal('move'), ...place }),
  z.object({ act: z.literal('press'), ...place, button, clicks: z.int().min(1).max(3) }),
  z.object({ act: z.literal('release'), ...place, button, clicks: z.int().min(1).max(3) }),
  z.object({ act: z.literal('wheel'), ...place, dx: z.number().min(-5_000).max(5_000), dy: z.number().min(-5_000).max(5_000) }),
  z.object({ act: z.literal('key_down'), ...key }),
  z.object({ act: z.literal('key_up'), ...key }),
  z.object({ act: z.literal('insert'), text: z.string().min(1).max(10_000) }),
  z.object({ act: z.literal('back') }),
  z.object({ act: z.literal('forward') }),
  z.object({ act: z.literal('reload') }),
  z.object({ act: z.literal('show_tab'), ...tab }),
  z.object({ act: z.literal('close_tab'), ...tab }),
  /** Of a question that the page has asked, see core/tabs.ts; `text` is what is written into a prompt. */
  z.object({ act: z.literal('answer'), dialog: z.int().min(0), accept: z.boolean(), text: z.string().max(2_000) }),
]);
export type PageInput = z.output<typeof PageInput>;
export const PageInputs = z.array(PageInput).min(1).max(64);

/** How many of them the audit counts: moving the pointer alone, and letting go, do nothing. */
export const countInputs = (inputs: readonly PageInput[]): number =>
  inputs.filter(({ act }) => act !== 'move' && act !== 'release' && act !== 'key_up').length;

/** Why control ended. */
export const ControlEnd = z.enum(['given_back', 'expired', 'connection_lost', 'closed', 'no_host']);
export type ControlEnd = z.output<typeof ControlEnd>;

/**
 * Where somebody who asked for control stands. `waiting`: it is granted, and the script finishes its step (or the proof of what it has just
 * sent) first; nothing that is typed reaches the page yet.
 */
export const ControlState = z.discriminatedUnion('is', [
  z.object({ is: z.literal('waiting'), secondsLeft: z.number() }),
  z.object({ is: z.literal('yours'), secondsLeft: z.number() }),
  z.object({ is: z.literal('taken'), by: z.string() }),
  z.object({ is: z.literal('over'), why: ControlEnd }),
]);
export type ControlState = z.output<typeof ControlState>;

/** Between a server and the worker with the browser, while one person controls one profile. */
export const ToWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('inputs'), inputs: PageInputs }),
  /** The row of the control has changed: look at it now. */
  z.object({ type: z.literal('look') }),
]);
export const FromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('over'), why: ControlEnd }),
]);
export type ToWorker = z.output<typeof ToWorker>;
export type FromWorker = z.output<typeof FromWorker>;
