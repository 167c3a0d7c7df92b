import type { ElementHandle, Page } from 'playwright';
import { Failure } from '#core/failure.ts';
import type { LoadedPack } from '#core/script.ts';
import { type Eyes, isVisible, localeOf, pick, readItems, release } from './look.ts';
import { probeWith } from './probe-state.ts';
import type { Run } from './run.ts';
import { traced } from './trace.ts';
import { abortable, browserFailure, poll } from './wait.ts';

/** After a login form: until one of its screens is reached. Throws `wrong_code` when the page says that the input was wrong. */
export async function finishLogin(run: Run): Promise<void> {
  const { login } = run.eyes.pack;
  const way = run.flow.slice('login.'.length);
  const form = way === 'password' || way === 'phone' || way === 'code' ? login[way] : undefined;
  if (!form) return;
  await traced({ page: run.eyes.page, hooks: run.hooks, name: 'login', toFailure: browserFailure }, async () => {
    const done = await poll({ seconds: form.seconds, signal: run.eyes.signal }, async () => {
      if (form.wrong && (await isVisible(run.eyes, form.wrong))) throw new Failure('wrong_code', await saidBy(run.eyes, form.wrong));
      const screen = await probeWith(run.eyes);
      return form.until.includes(screen.is) ? true : undefined;
    });
    if (!done) throw new Failure('timed_out', 'The messenger did not finish the login.');
    if (form.shows)
      run.rows.linkCode = (await readItems(run.eyes, form.shows.of, 1)).items.map(({ values }) => ({
        code: values[form.shows?.field ?? ''] ?? null,
      }));
  });
}

/** What the messenger itself says about a wrong input, for the person who typed it. */
async function saidBy(eyes: Eyes, wrong: string): Promise<string | undefined> {
  const { items } = await readItems(eyes, wrong, 1);
  const said = items[0]?.values.message?.trim().slice(0, 200);
  return said ? `${eyes.pack.title} says: ${said}` : undefined;
}

export type QrView = { is: 'code'; text: string } | { is: 'refreshing' } | { is: 'none' };
export type QrRequest = {
  page: Page;
  pack: LoadedPack;
  signal: AbortSignal;
  language?: string /** Somebody is looking: an expired code is renewed. */;
  isWatched: boolean;
};

/** The text of the QR code that is shown, exactly as the page has it. It is a credential while it lives: never log it. */
export async function readQr({ page, pack, signal, language = pack.locale.default, isWatched }: QrRequest): Promise<QrView> {
  const qr = pack.login.qr;
  if (!qr) return { is: 'none' };
  const eyes: Eyes = { page, pack, locale: localeOf(pack, language), inputs: {}, signal, kept: new Set() };
  return readShownQr(eyes, qr, isWatched ? 'renew' : 'leave').finally(() => release(eyes));
}

async function readShownQr(eyes: Eyes, qr: NonNullable<LoadedPack['login']['qr']>, expired: 'renew' | 'leave'): Promise<QrView> {
  const { signal } = eyes;
  if (qr.refresh && (await isVisible(eyes, qr.refresh))) {
    if (expired === 'leave') return { is: 'none' };
    const button = await pick(eyes, qr.refresh);
    await abortable(button?.handle.click({ timeout: 3000 }) ?? Promise.resolve(), signal).catch(() => undefined);
    return { is: 'refreshing' };
  }
  const shown = await pick(eyes, qr.of);
  if (!shown) return { is: 'none' };
  const text = qr.attribute ? await abortable(shown.handle.getAttribute(qr.attribute), signal) : await decodeShown(eyes, shown.handle);
  return text ? { is: 'code', text } : { is: 'none' };
}

/** From the picture alone, or from the whole page where the code has no quiet margin of its own. */
async function decodeShown({ page, signal }: Eyes, element: ElementHandle): Promise<string | null> {
  const close = await decode(await abortable(element.screenshot({ timeout: 5000 }), signal));
  return close ?? decode(await abortable(page.screenshot({ timeout: 5000 }), signal));
}

/** The libraries are loaded for the first code: a start does not wait for them. */
async function decode(png: Buffer): Promise<string | null> {
  const [{ default: jsqr }, { PNG }] = await Promise.all([import('jsqr'), import('pngjs')]);
  const { data, width, height } = PNG.sync.read(png);
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? null;
}
