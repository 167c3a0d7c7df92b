import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { PlatformComponents } from './platform-components.ts';
import { buttonsIn, componentIn, placesIn, samplesOf, textOf } from './platform-components.ts';

/** What WhatsApp takes of a template (Meta's page of template components, November 2025, and two resellers' of 2026). */
export const templateLimits = { header: 60, body: 1024, footer: 60, buttonText: 25, url: 2000, phone: 20, buttons: 10, urls: 2, phones: 1 } as const;

/** A rule that a template breaks: at which field (`buttons.2` is the third button), its name, and what a caller reads. */
export type BrokenTemplate = { field: string; rule: TemplateRule; most: number; sentence: string };
const sentences = {
  needed: 'needs a text',
  too_long: 'is longer than {most} letters',
  places: 'numbers its places otherwise than {{1}}, {{2}} and so on',
  edge: 'begins or ends with a place; words have to stand around it',
  too_many_places: 'has more places than {most}',
  sample: 'needs an example for each place',
  too_many: 'are more than {most}',
  too_many_urls: 'lead to more than {most} addresses',
  too_many_phones: 'call more than {most} numbers',
  mixed: 'mix answers with links: answers stand together, before or after the others',
  twice: 'say the same twice',
  url: 'is no address such as https://example.org/{{1}}, with at most one place at its end',
  phone: 'is no phone number with its country',
} as const;
export type TemplateRule = keyof typeof sentences;

/** All that would be refused after days of review, said at once. What this does not know is left to Meta. */
export function brokenTemplate(category: string, components: PlatformComponents): BrokenTemplate[] {
  const header = componentIn(components, 'HEADER');
  const isText = header !== undefined && String(header.format ?? 'TEXT').toUpperCase() === 'TEXT';
  const headText = isText ? textOf(components, 'HEADER') : '';
  const body = textOf(components, 'BODY');
  const footer = componentIn(components, 'FOOTER');
  return [
    ...(isText ? brokenText('header', headText, { most: templateLimits.header, places: 1 }) : []),
    ...brokenSamples('header', headText, samplesOf(components, 'HEADER')),
    ...(category === 'AUTHENTICATION' && body === '' ? [] : brokenText('body', body, { most: templateLimits.body, places: 100 })),
    ...(/^\s*\{\{|\}\}\s*$/.test(body) ? [broken('body', 'edge')] : []),
    ...brokenSamples('body', body, samplesOf(components, 'BODY')),
    ...(footer?.text === undefined ? [] : brokenText('footer', String(footer.text), { most: templateLimits.footer, places: 0 })),
    ...brokenButtons(components),
  ];
}

function brokenText(field: string, text: string, { most, places }: { most: number; places: number }): BrokenTemplate[] {
  if (text.trim() === '') return [broken(field, 'needed')];
  const found = placesIn(text);
  const numbers = found.filter((one) => /^\d+$/.test(one)).map(Number);
  const isRow = numbers.every((number) => number >= 1 && number <= numbers.length) && (numbers.length === 0 || numbers.length === found.length);
  return [
    ...(text.length > most ? [broken(field, 'too_long', most)] : []),
    ...(found.length > places ? [broken(field, 'too_many_places', places)] : []),
    ...(isRow ? [] : [broken(field, 'places')]),
  ];
}

const brokenSamples = (field: string, text: string, samples: readonly string[]): BrokenTemplate[] =>
  placesIn(text).length > samples.filter((one) => one.trim() !== '').length ? [broken(field, 'sample')] : [];

function brokenButtons(components: PlatformComponents): BrokenTemplate[] {
  const buttons = buttonsIn(components);
  const kinds = buttons.map(({ kind }) => (kind === 'QUICK_REPLY' ? 'answer' : 'link'));
  const turns = kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length;
  const count = (kind: string) => buttons.filter((one) => one.kind === kind).length;
  const texts = buttons.map(({ text }) => text.trim().toLowerCase()).filter(Boolean);
  return [
    ...buttons.flatMap((button, at) => brokenButton(`buttons.${at}`, button)),
    ...(buttons.length > templateLimits.buttons ? [broken('buttons', 'too_many', templateLimits.buttons)] : []),
    ...(count('URL') > templateLimits.urls ? [broken('buttons', 'too_many_urls', templateLimits.urls)] : []),
    ...(count('PHONE_NUMBER') > templateLimits.phones ? [broken('buttons', 'too_many_phones', templateLimits.phones)] : []),
    ...(turns > 1 ? [broken('buttons', 'mixed')] : []),
    ...(new Set(texts).size < texts.length ? [broken('buttons', 'twice')] : []),
  ];
}

function brokenButton(field: string, { kind, text, value, sample }: ReturnType<typeof buttonsIn>[number]): BrokenTemplate[] {
  if (!['QUICK_REPLY', 'URL', 'PHONE_NUMBER'].includes(kind)) return [];
  const own = brokenText(field, text, { most: templateLimits.buttonText, places: 0 });
  if (kind === 'PHONE_NUMBER' && (value.length > templateLimits.phone || !parsePhoneNumberFromString(value)?.isPossible()))
    return [...own, broken(field, 'phone')];
  if (kind !== 'URL') return own;
  const isAddress = /^https?:\/\/[^\s{}]+(\{\{1\}\})?$/.test(value) && URL.canParse(value) && value.length <= templateLimits.url;
  if (!isAddress) return [...own, broken(field, 'url')];
  return [...own, ...brokenSamples(field, value, sample ? [sample] : [])];
}

const broken = (field: string, rule: TemplateRule, most = 0): BrokenTemplate => ({
  field,
  rule,
  most,
  sentence: sentences[rule].replace('{most}', String(most)),
});
