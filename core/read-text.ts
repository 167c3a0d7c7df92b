import { RE2JS, RE2JSException } from 're2js';
import { type Intent, languages } from './automation.ts';
import { Failure } from './failure.ts';
import { foldText, readIntents, standsIn } from './intents.ts';

export type LabelWords = { labelId: string; words: readonly string[]; pattern: string };
/** What a text says about itself. */
export type TextReading = {
  text: string;
  folded: string;
  /** Null: too short to tell, or none of `languages`. */
  language: string | null;
  intents: readonly Intent[];
  /** Labels whose words stand in it. */
  tagIds: readonly string[];
};

/** Nobody says what they want after so many letters, and each is looked at. */
const mostLetters = 4000;

/** Reads a text for the conditions of rules. `labels` are those that have words of their own. */
export async function readText(text: string, labels: readonly LabelWords[]): Promise<TextReading> {
  const seen = text.slice(0, mostLetters);
  const folded = foldText(seen);
  const { intents, language } = readIntents(seen);
  const tagIds = labels.filter((label) => isFound(label, seen, folded)).map(({ labelId }) => labelId);
  return { text: seen, folded, language: (await languageOf(seen)) ?? language, intents, tagIds };
}

function isFound({ words, pattern }: LabelWords, text: string, folded: string): boolean {
  return words.some((word) => standsIn(folded, foldText(word))) || (pattern !== '' && matchesPattern(pattern, text));
}

/** Compiled once: a rule is asked about each message. */
const compiled = new Map<string, RE2JS>();
const mostCompiled = 500;

/** Throws `invalid_input` with what is wrong in the pattern. */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  try {
    const made = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    if (compiled.size >= mostCompiled) compiled.clear();
    compiled.set(pattern, made);
    return made;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new Failure('invalid_input', `The pattern cannot be used: ${error.message.replace('error parsing regexp: ', '')}.`, {
      fields: { pattern: 'cannot be used' },
      cause: error,
    });
  }
}

/** In time that grows with the text and the pattern alone, whatever either of them is. */
export const matchesPattern = (pattern: string, text: string): boolean => compilePattern(pattern).matcher(text).find();

type Detector = { detect(text: string): { language: string; isReliable(): boolean } };
let detector: Promise<Detector> | null = null;

/** 35 MB and a second: it is loaded with the first text that somebody wants to be read. */
async function loadDetector(): Promise<Detector> {
  const { eld } = await import('eld/extrasmall');
  eld.setLanguageSubset([...languages.map((language) => (language === 'id' ? 'ms' : language))]);
  return eld;
}

async function languageOf(text: string): Promise<string | null> {
  detector ??= loadDetector();
  const found = (await detector).detect(text);
  if (!found.isReliable()) return null;
  return found.language === 'ms' ? 'id' : found.language || null;
}
