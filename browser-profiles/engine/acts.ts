import { Failure } from '#core/failure.ts';
import { sendFlows } from '#core/script-check.ts';
import type { PlainStep, Step, StepKind } from '#core/script-steps.ts';
import { attachFile } from './attach.ts';
import { drawBubbles, readBubbles, scrollList } from './bubbles.ts';
import { commit, prove } from './commit.ts';
import { clearLeftDraft, emptyField, readComposer, readField, typeInto } from './composer.ts';
import { extractRows } from './extract.ts';
import { find } from './find.ts';
import { guardEmptyComposer, guardHeader, recheckHeader } from './guard.ts';
import { isVisible, need, pick, readItems } from './look.ts';
import { visit } from './navigate.ts';
import { resolve } from './resolve.ts';
import { inputOf, type Run, withInputs } from './run.ts';
import { formOf, groupIn, normaliseText } from './same-text.ts';
import { inPath, substitute } from './substitute.ts';
import type { StepNotes } from './trace.ts';
import { abortable, actMs, poll } from './wait.ts';
import { waitFor } from './wait-for.ts';

type RunFlow = (flow: string, run: Run) => Promise<void>;
type Act<K extends StepKind> = (run: Run, step: NonNullable<PlainStep[K & keyof PlainStep]>, notes: StepNotes) => Promise<void>;
type Acts = { [K in keyof Required<PlainStep>]: Act<K> };

const messageFields = [...new Set(Object.values(sendFlows))];

/** What each kind of step does. The table is complete by its type: a step without an act does not compile. */
export function actsOf(runFlow: RunFlow) {
  const acts: Acts = {
    goto: (run, step) => visit(run, inPath(step.path, run.eyes.inputs), { fresh: step.fresh }),
    open: (run, step) => {
      const to = substitute(step.conversation, run.eyes.inputs);
      const group = groupIn(to);
      if (group === null) return runFlow('open', withInputs(run, { name: '', ...run.eyes.inputs, to }));
      if (!run.eyes.pack.flows.openGroup) throw new Failure('no_such_recipient', `${run.eyes.pack.title} cannot open groups.`);
      return runFlow('openGroup', withInputs(run, { name: '', ...run.eyes.inputs, to, group }));
    },
    run: (run, step) => runFlow(step.flow, run),
    resolve,
    click: clickOn,
    hover: hoverOver,
    attach: attachFile,
    fill: fillIn,
    type: (run, step, notes) => {
      const text = substitute(step.text, run.eyes.inputs);
      const field = messageFields.find((name) => name === step.into);
      const isMessage = field !== undefined;
      // What stands there right before the commit.
      notes.wantsImage = isMessage;
      if (field) Object.assign(run.sending, { field, typed: '' });
      const isStillRight = isMessage ? () => recheckHeader(run) : async () => undefined;
      return typeInto(run, { into: step.into, text, notes, isStillRight });
    },
    press: pressKey,
    guard: async (run, step, notes) => {
      notes.wantsImage = true;
      await guardHeader(run, substitute(step.header, run.eyes.inputs), () => identify(run, runFlow));
      if (step.composer !== 'empty') return;
      await guardEmptyComposer(run, run.eyes.inputs.text ?? '', async () => {
        const target = await pick(run.eyes, 'composer');
        if (target) await emptyField(run.eyes, target.handle);
      });
    },
    wait: waitFor,
    extract: extractRows,
    read_bubbles: async (run, step) => {
      const bubbles = await readBubbles(run.eyes, { max: step.max });
      run.messages.push(...(await drawBubbles(run.eyes, bubbles)));
    },
    scrollTo: async (run, step) => void (await scrollList(run.eyes, step.in, step.edge)),
    assert: async (run, step) => {
      if (step.visible && !(await isVisible(run.eyes, step.visible))) throw new Failure(step.else);
      if (step.hidden && (await isVisible(run.eyes, step.hidden))) throw new Failure(step.else);
    },
    fail: giveUp,
    commit,
    prove: async (run, step, notes) => {
      notes.wantsImage = true;
      run.outcome = await prove(run, step, (flow) => runFlow(flow, run));
    },
    find: async (run, step, notes) => {
      notes.wantsImage = true;
      run.outcome = await find(run, step);
      if (run.outcome.is === 'absent') await clearLeftDraft(run, run.eyes.inputs.text ?? '');
    },
  };
  return {
    plain: async (run: Run, step: Step, notes: StepNotes): Promise<void> => {
      for (const [kind, details] of Object.entries(step)) {
        if (details === undefined) continue;
        // The schema guarantees that the details belong to their kind.
        await (acts[kind as keyof Acts] as (run: Run, details: unknown, notes: StepNotes) => Promise<void>)(run, details, notes);
      }
    },
    holds,
    keysOf: async (run: Run, { of, key, max }: NonNullable<Step['forEach']>): Promise<string[]> => {
      const { items } = await readItems(run.eyes, of);
      return [...new Set(items.flatMap(({ values }) => values[key] ?? []))].slice(0, max);
    },
  };
}

async function holds(run: Run, { visible, given, seconds }: NonNullable<Step['when']>): Promise<boolean> {
  if (given) return formOf(inputOf(run, given.input)) === given.as;
  // The schema demands one of the two.
  const found = await poll({ seconds, signal: run.eyes.signal }, async () => ((await isVisible(run.eyes, visible ?? '')) ? true : undefined));
  return found ?? false;
}

/** Retries an element that the page has just redrawn. */
async function clickOn(run: Run, step: NonNullable<Step['click']>, notes: StepNotes): Promise<void> {
  const where = filled(run, step.where);
  if (step.optional && !(await pick(run.eyes, step.on, where))) return;
  if (step.orFirst) await need(run.eyes, step.on);
  for (let attempt = 1; ; attempt += 1) {
    const fits = step.orFirst ? await pick(run.eyes, step.on, where) : null;
    const target = fits ?? (await need(run.eyes, step.on, step.orFirst ? {} : { where }));
    notes.selectorTier = target.tier;
    if (step.only) await refuseSeveral(run, step.on, where);
    const error: unknown = await abortable(target.handle.click({ timeout: actMs / 2 }), run.eyes.signal).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) return;
    run.eyes.signal.throwIfAborted();
    const isRedrawn = error instanceof Error && /not attached|detached/i.test(error.message);
    if (!isRedrawn || attempt === 3) throw error;
  }
}

async function hoverOver(run: Run, step: NonNullable<Step['hover']>, notes: StepNotes): Promise<void> {
  const target = await need(run.eyes, step.on, { where: filled(run, step.where) });
  notes.selectorTier = target.tier;
  await abortable(target.handle.hover({ timeout: actMs }), run.eyes.signal);
}

const filled = (run: Run, where: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(where).map(([field, template]) => [field, substitute(template, run.eyes.inputs)]));

/** Of two conversations with one name neither is surely the one that was meant. */
async function refuseSeveral(run: Run, name: string, where: Record<string, string>): Promise<void> {
  const { items } = await readItems(run.eyes, name);
  const folded = (text: string | null | undefined) => normaliseText(text ?? '').toLowerCase();
  const fitting = items.filter(({ values }) => Object.entries(where).every(([field, wanted]) => folded(values[field]) === folded(wanted)));
  if (fitting.length > 1) throw new Failure('wrong_recipient', 'Several conversations bear this name.');
}

async function fillIn(run: Run, step: NonNullable<Step['fill']>, notes: StepNotes): Promise<void> {
  const value = substitute(step.value, run.eyes.inputs);
  const target = await need(run.eyes, step.into);
  notes.selectorTier = target.tier;
  await abortable(target.handle.fill(value, { timeout: actMs }), run.eyes.signal);
  if (step.compare === 'none') return;
  const plain = (text: string) => (step.compare === 'digits' ? text.replace(/\D/g, '') : text);
  const shown = await readField(run.eyes, target.handle);
  if (plain(shown) !== plain(value)) throw new Failure('element_missing', `The field "${step.into}" did not take what was filled in.`);
}

async function pressKey(run: Run, step: NonNullable<Step['press']>, notes: StepNotes): Promise<void> {
  if (step.on) {
    const target = await need(run.eyes, step.on);
    notes.selectorTier = target.tier;
    await abortable(target.handle.focus(), run.eyes.signal);
  }
  const isSending = /Enter$/.test(step.key) && (await isComposerFocused(run));
  if (isSending) throw new Failure('script_invalid', 'Only the commit may press Enter in the message field.');
  await abortable(run.eyes.page.keyboard.press(step.key), run.eyes.signal);
}

async function giveUp(run: Run, { code, until }: NonNullable<Step['fail']>): Promise<never> {
  const retryAt = until ? await endIn(run, until) : null;
  throw new Failure(code, undefined, retryAt ? { retryAt } : {});
}

/** When the page says that something ends. A time that has passed says nothing about the end. */
async function endIn(run: Run, selector: string): Promise<Date | null> {
  const { items } = await readItems(run.eyes, selector, 1);
  const until = items[0]?.values.until;
  const at = until ? new Date(until) : null;
  return at && at > run.hooks.now() ? at : null;
}

/** A pack could try to send around the commit by pressing Enter while the composer has the focus. */
async function isComposerFocused(run: Run): Promise<boolean> {
  const target = run.eyes.pack.selectors.composer ? await pick(run.eyes, 'composer') : null;
  if (!target || (await readComposer(run.eyes)) === '') return false;
  return target.handle.evaluate((field) => field.contains(document.activeElement));
}

/** Asks the page whose conversation this is, when its header shows only a name. */
async function identify(run: Run, runFlow: RunFlow): Promise<Record<string, string | null> | null> {
  if (!run.eyes.pack.flows.identify) return null;
  const inner: Run = { ...run, rows: {} };
  await runFlow('identify', inner);
  return inner.rows.identity?.[0] ?? null;
}
