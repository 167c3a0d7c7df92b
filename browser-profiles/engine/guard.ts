import { Failure } from '#core/failure.ts';
import { readComposer } from './composer.ts';
import { readItems } from './look.ts';
import type { Run } from './run.ts';
import { isSameText, isWrittenPhone, normaliseText, plainAddress } from './same-text.ts';
import { poll } from './wait.ts';

type Header = Record<string, string | null>;

/** How long a conversation may take to open, and how long a header that is not the recipient's may still belong to the one before. */
const headerSeconds = 8;
const changeSeconds = 0.8;
/** Each look into the drawer is a click that the page sees. */
const mostLooks = 2;

/** The recipient's conversation is open. A header that shows only a saved name is looked up by the flow `identify`. */
export async function guardHeader(run: Run, to: string, identify: () => Promise<Header | null>): Promise<void> {
  run.sending.to = to;
  run.sending.provenHeader = null;
  const { signal } = run.eyes;
  const isThere = await poll({ seconds: headerSeconds, signal }, async () => (await readHeader(run)) ?? undefined);
  if (!isThere) throw new Failure('wrong_recipient');
  const canIdentify = run.eyes.pack.flows.identify !== undefined;
  const isRight = await poll({ seconds: canIdentify ? changeSeconds : headerSeconds, signal }, async () => {
    const header = await readHeader(run);
    return header && isHeaderOf(run, header, to) ? true : undefined;
  });
  for (let look = 0; !isRight && canIdentify && look < mostLooks; look += 1) {
    run.sending.provenHeader = await prove(run, to, identify);
    if (run.sending.provenHeader !== null) return;
  }
  if (!isRight) throw new Failure('wrong_recipient');
}

/** The header as it stood before and after its number was looked up. Null when the number is another one. */
async function prove(run: Run, to: string, identify: () => Promise<Header | null>): Promise<string | null> {
  const before = await readHeader(run);
  const found = before ? await identify() : null;
  const after = await readHeader(run);
  const isProven = found && before && after && isHeaderOf(run, found, to) && fingerprint(after) === fingerprint(before);
  return isProven ? fingerprint(after) : null;
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

/**
 * Exactly our text stands in the composer, and above it the recipient's header. The header comes last: it is what must not change
 * before the act, and it explains a wrong text better than the text does.
 */
export async function recheck(run: Run): Promise<void> {
  const { typed, field } = run.sending;
  const shown = await readComposer(run.eyes, field);
  await recheckHeader(run);
  if (typed !== null && isSameText(shown, typed, { rewrites: run.eyes.pack.text.rewrites })) return;
  throw new Failure('draft_present', 'The message field does not hold what was typed, so nothing was sent.');
}

async function readHeader(run: Run): Promise<Header | null> {
  const { items } = await readItems(run.eyes, 'header', 1);
  return items[0]?.values ?? null;
}

const fingerprint = (header: Header): string => JSON.stringify(Object.entries(header).map(([name, value]) => [name, normaliseText(value ?? '')]));

/** By the address alone: a name is no proof, two contacts may share it. */
function isHeaderOf({ eyes, sending }: Run, header: Header, to: string): boolean {
  const by = eyes.pack.addressedBy;
  const wanted = plainAddress(to, by);
  if (wanted === '') return false;
  const { resolved } = sending;
  if (resolved && plainAddress(resolved.address, by) === wanted) return plainAddress(header[by] ?? '', by) === plainAddress(resolved.id, by);
  const claims = [header[by], header.group ? `group:${header.group}` : null];
  if (by === 'phone' && isWrittenPhone(header.title ?? '')) claims.push(header.title);
  return claims.some((claim) => claim && plainAddress(claim, by) === wanted);
}
