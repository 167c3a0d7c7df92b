import { Failure } from '#core/failure.ts';
import { readComposer } from './composer.ts';
import { readItems } from './look.ts';
import type { Run } from './run.ts';
import { isSameText, isWrittenPhone, normaliseText, plainAddress } from './same-text.ts';
import { poll } from './wait.ts';

type Header = Record<string, string | null>;

const headerSeconds = 8;

/** The recipient's conversation is open. A header that shows only a saved name is looked up once by the flow `identify`. */
export async function guardHeader(run: Run, to: string, identify: () => Promise<Header | null>): Promise<void> {
  const seen = await poll({ seconds: headerSeconds, signal: run.eyes.signal }, async () => {
    const header = await readHeader(run);
    return header && isHeaderOf(run, header, to) ? header : undefined;
  });
  run.sending.to = to;
  if (seen) {
    run.sending.provenHeader = null;
    return;
  }
  const before = await readHeader(run);
  const found = before ? await identify() : null;
  const after = await readHeader(run);
  const isProven = found && after && isHeaderOf(run, found, to) && fingerprint(after) === fingerprint(before ?? {});
  if (!isProven) throw new Failure('wrong_recipient');
  run.sending.provenHeader = fingerprint(after);
}

/** The same once more, without waiting for anything: whatever changed since then stops the run. */
export async function recheckHeader(run: Run): Promise<void> {
  const header = await readHeader(run);
  const { to, provenHeader } = run.sending;
  const holds = header && to !== null && (provenHeader === null ? isHeaderOf(run, header, to) : fingerprint(header) === provenHeader);
  if (!holds) throw new Failure('wrong_recipient');
}

/** A text that is not ours stands in the composer: a person is writing. */
export async function guardEmptyComposer(run: Run, ownText: string, clear: (draft: string) => Promise<void>): Promise<void> {
  const { rewrites } = run.eyes.pack.text;
  // Messengers restore a draft a moment after the conversation has opened, so emptiness must last.
  const draft = await poll(
    { seconds: 0.6, everyMs: 150, signal: run.eyes.signal },
    async () => normaliseText(await readComposer(run.eyes), rewrites) || undefined,
  );
  if (!draft) return;
  if (!run.isRetried || !normaliseText(ownText, rewrites).startsWith(draft)) throw new Failure('draft_present');
  await clear(draft);
}

/** Exactly our text stands in the composer. */
export async function recheckComposer(run: Run): Promise<void> {
  const { typed } = run.sending;
  const shown = await readComposer(run.eyes);
  if (typed !== null && isSameText(shown, typed, { rewrites: run.eyes.pack.text.rewrites })) return;
  throw new Failure('draft_present', 'The message field does not hold what was typed, so nothing was sent.');
}

async function readHeader(run: Run): Promise<Header | null> {
  const { items } = await readItems(run.eyes, 'header', 1);
  return items[0]?.values ?? null;
}

const fingerprint = (header: Header): string => JSON.stringify(Object.entries(header).map(([name, value]) => [name, normaliseText(value ?? '')]));

/** By the address alone: a name is no proof, two contacts may share it. */
function isHeaderOf({ eyes }: Run, header: Header, to: string): boolean {
  const by = eyes.pack.addressedBy;
  const wanted = plainAddress(to, by);
  if (wanted === '') return false;
  const claims = [header[by]];
  if (by === 'phone' && isWrittenPhone(header.title ?? '')) claims.push(header.title);
  return claims.some((claim) => claim && plainAddress(claim, by) === wanted);
}
