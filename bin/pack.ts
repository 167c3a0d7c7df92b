import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { readSetupConfig } from '#bin/setup-config.ts';
import { type Examination, examinePage, type Finding, readFields } from '#browser-profiles/engine/doctor.ts';
import { loadPack } from '#browser-profiles/engine/load-packs.ts';
import { poll } from '#browser-profiles/engine/wait.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { LoadedPack } from '#core/script.ts';

/** `npm run pack -- FOLDER`: whether a script pack is valid, and with --page what it sees there. docs/write-a-pack.md is its guide. */
const usage = 'npm run pack -- FOLDER [--page URL [--data FOLDER] [--show] [--language de] [--fields SELECTOR]]';
const options = {
  page: { type: 'string' },
  data: { type: 'string' },
  show: { type: 'boolean' },
  language: { type: 'string' },
  fields: { type: 'string' },
} as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [folder] = positionals;
  if (!folder) throw new Failure('invalid_input', usage);
  const pack = await loadPack(folder);
  const several = Object.values(pack.selectors).filter(({ any }) => any.length > 1).length;
  console.log(`${pack.title} ${pack.version} is valid: ${Object.keys(pack.flows).length} flows, ${pack.states.length} states,`);
  console.log(
    `${Object.keys(pack.selectors).length} selectors, of which ${several} have more than one tier; languages: ${Object.keys(pack.locales).join(', ') || 'none'}.`,
  );
  if (values.page) await examine(pack, { ...values, page: values.page });
}

type Ask = { page: string; data?: string; show?: boolean; language?: string; fields?: string };

async function examine(pack: LoadedPack, ask: Ask): Promise<void> {
  const browser = findBrowser(readSetupConfig());
  if (!browser) throw new Failure('no_browser');
  const launched = await chromium.launchPersistentContext(ask.data ?? '', {
    executablePath: browser.path,
    headless: !ask.show,
    locale: ask.language ?? pack.locale.default,
    chromiumSandbox: process.getuid?.() !== 0,
    viewport: { width: 1280, height: 800 },
  });
  try {
    const page = launched.pages()[0] ?? (await launched.newPage());
    await page.goto(ask.page, { waitUntil: 'domcontentloaded' });
    if (ask.show) await enter('Log in, open a chat, then press Enter here. ');
    const seen = await settled(page, pack, ask.language);
    for (const line of lines(seen)) console.log(line);
    const signal = AbortSignal.timeout(20_000);
    if (ask.fields) console.table(await readFields(page, pack, { selector: ask.fields, language: ask.language, signal }));
  } finally {
    await launched.close();
  }
}

/** A page needs a moment until it shows a screen; after that time what there is is told. */
async function settled(page: Page, pack: LoadedPack, language: string | undefined): Promise<Examination> {
  const signal = AbortSignal.timeout(60_000);
  const look = () => examinePage(page, pack, { language, signal });
  const known = await poll({ seconds: 15, everyMs: 300, signal }, async () => {
    const seen = await look();
    return seen.screen.is === 'unknown' || seen.screen.is === 'loading' ? undefined : seen;
  });
  return known ?? look();
}

async function enter(question: string): Promise<void> {
  const line = createInterface({ input: process.stdin, output: process.stdout });
  await line.question(question);
  line.close();
}

function lines({ screen, findings }: Examination): string[] {
  const evidence = screen.evidence ? ` (${screen.evidence}, tier ${(screen.tier ?? 0) + 1})` : '';
  const width = Math.max(...findings.map(({ selector }) => selector.length));
  return [
    '',
    `screen   ${screen.is}${evidence}`,
    '',
    ...findings.map((finding) => `${finding.selector.padEnd(width)}   ${tiersOf(finding)}${remark(finding)}`),
  ];
}

const tiersOf = ({ tiers }: Finding): string =>
  tiers.map(({ count, agrees }, index) => (index === 0 || agrees === 'none' ? String(count) : `${count} ${agrees}`)).join(' · ');

function remark({ is, tiers, isOptional }: Finding): string {
  if (is === 'absent') return isOptional ? '' : '   not on this screen';
  if (is === 'fallback') return '   the first tier finds nothing';
  if (tiers.length === 1) return '   only one tier';
  return tiers.slice(1).some(({ agrees }) => agrees === 'same' || agrees === 'nested') ? '' : '   no other tier finds the same';
}

main().catch((error: unknown) => {
  console.error(asFailure(error).message);
  process.exitCode = 1;
});
