import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type LocaleProblem = { kind: 'missing' | 'unused' | 'values' | 'unreadable'; text: string };

const languages = ['en', 'ru'] as const;

/**
 * What is wrong with the texts of the dashboard: a key that one language lacks, a key that the code asks for and nobody wrote,
 * values (`{n}`) that differ between languages, an @ that vue-i18n takes for a link (written as `{'@'}` it is none), and keys that nothing uses. `folder` is ui/.
 */
export function checkLocales(folder: string): LocaleProblem[] {
  const texts = Object.fromEntries(languages.map((language) => [language, readTexts(join(folder, 'src/locales', language))]));
  const keys = new Set(languages.flatMap((language) => [...(texts[language]?.keys() ?? [])]));
  const source = readSource(join(folder, 'src'));
  const asked = new Set([...source.matchAll(/\b(?:t|counted)\(\s*'([\w.-]+)'/g)].map((match) => match[1] ?? ''));
  return [
    ...[...keys].flatMap((key) => lacking(key, texts)),
    ...[...asked].filter((key) => !keys.has(key)).map((key) => problem('missing', `The code asks for "${key}", which no language has.`)),
    ...[...keys].flatMap((key) => differing(key, texts)),
    ...[...keys].filter((key) => isLink(key, texts)).map((key) => problem('unreadable', `"${key}" holds a bare @: write {'@'}.`)),
    ...[...keys].filter((key) => !isUsed(key, source)).map((key) => problem('unused', `Nothing uses "${key}".`)),
  ];
}

type Texts = Record<string, Map<string, string>>;
const problem = (kind: LocaleProblem['kind'], text: string): LocaleProblem => ({ kind, text });

const isLink = (key: string, texts: Texts) => languages.some((language) => texts[language]?.get(key)?.replaceAll("{'@'}", '').includes('@'));

function lacking(key: string, texts: Texts): LocaleProblem[] {
  return languages.filter((language) => !texts[language]?.get(key)).map((language) => problem('missing', `"${key}" has no text in "${language}".`));
}

/** Plural forms differ in number between languages, so values are compared as sets. */
function differing(key: string, texts: Texts): LocaleProblem[] {
  const values = languages.map((language) => [...new Set(texts[language]?.get(key)?.match(/\{\w+\}/g) ?? [])].sort().join(' '));
  return values.every((one) => one === values[0]) ? [] : [problem('values', `"${key}" uses other values in each language: ${values.join(' / ')}.`)];
}

/** A key is used when it stands in the code as a whole, or when the code builds keys from the part before its last dot. */
function isUsed(key: string, source: string): boolean {
  return source.includes(`'${key}'`) || source.includes(`\`${key.slice(0, key.lastIndexOf('.'))}.\${`);
}

function readTexts(folder: string): Map<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(files.flatMap((name) => flatten(JSON.parse(readFileSync(join(folder, name), 'utf8')), name.replace('.json', ''))));
}

function flatten(node: unknown, path: string): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node !== 'object' || node === null) throw new TypeError(`"${path}" is neither a text nor a group of texts.`);
  return Object.entries(node).flatMap(([name, child]) => flatten(child, `${path}.${name}`));
}

function readSource(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name) && !name.includes('.test.'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}
