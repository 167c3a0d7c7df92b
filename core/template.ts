import { Failure } from './failure.ts';
import { type Expression, foldName, type HelperName, type Place, readTemplatePart, type TemplateNode, type TemplatePart } from './template-syntax.ts';

export type TemplateSource = { subject?: string | null | undefined; body: string; html?: string | null | undefined };
export type Rendered = { subject: string | null; text: string; html: string | null; missing: string[] };
export type VariableUse = Place & { name: string };
export type CompiledTemplate = {
  /** Every variable that stands in the template, in order of appearance. */
  variables: string[];
  /** Those without which nobody gets the message: used outside of conditions and without a default. */
  required: string[];
  /** Where each variable stands; columns count from 0. */
  uses: VariableUse[];
  /** Pure: the same values give the same bytes, in the browser's preview and in the worker. */
  render(values: Readonly<Record<string, unknown>>): Rendered;
};

/** The variable that stands for a recipient's own link to unsubscribe. Whoever sends fills it in; no contact has to bring it. */
export const linkVariable = 'unsubscribe_url';
/** What a preview shows in its place. */
export const exampleLink = 'https://patchbay.example.com/u/EXAMPLE';

/** A text beyond these is a mistake: 998 is RFC 5322's longest line, 65,536 the longest text of WhatsApp, 2 MB more than mail clients show. */
const outputLengths: Record<TemplatePart, number> = { subject: 998, body: 65_536, html: 2_000_000 };

/**
 * Compiles by interpreting Handlebars' syntax tree, not with Handlebars' code generator: that needs eval, which the dashboard's content
 * security policy forbids. Throws `template_invalid` naming line and column.
 */
export function compileTemplate(source: TemplateSource): CompiledTemplate {
  const parts = {
    subject: typeof source.subject === 'string' ? readTemplatePart(source.subject, 'subject') : null,
    body: readTemplatePart(source.body, 'body'),
    html: typeof source.html === 'string' ? readTemplatePart(source.html, 'html') : null,
  };
  const all = [...(parts.subject ?? []), ...parts.body, ...(parts.html ?? [])];
  const uses = all.flatMap(usesOf);

  return {
    variables: [...new Set(uses.map((use) => use.name))],
    required: [...new Set(all.flatMap(requiredBy))].filter((name) => name !== linkVariable),
    uses,
    render(values) {
      const run: Run = { values: foldValues(values), missing: new Set() };
      return {
        subject: parts.subject && renderPart(parts.subject, 'subject', run).replaceAll(lineBreaks, ' ').trim(),
        text: renderPart(parts.body, 'body', run),
        html: parts.html && renderPart(parts.html, 'html', run),
        missing: [...run.missing],
      };
    },
  };
}

/** What a contact gives to a template, one spelling per name. The plan makes the same record in SQL. */
export function mergeFieldsOf(contact: {
  name: string;
  phone: string | null;
  email: string | null;
  fields: Readonly<Record<string, string>>;
}): Record<string, string> {
  const own = Object.entries(contact.fields).map(([name, value]) => [foldName(name), value] as const);
  const known = { name: contact.name, phone: contact.phone, email: contact.email };
  return {
    first_name: contact.name.split(' ')[0] ?? '',
    ...Object.fromEntries(own.filter(([name, value]) => name !== '' && value !== '')),
    ...Object.fromEntries(Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== null)),
  };
}

/** A subject is one line, and a line break in it could begin another header. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const lineBreaks = /[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g;

type Run = { values: Map<string, string>; missing: Set<string> };

/** Values become text once and for all, so that a number in the preview and the same number out of the database look alike. */
function foldValues(values: Readonly<Record<string, unknown>>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') texts.set(foldName(name), String(value));
  }
  return texts;
}

function renderPart(nodes: readonly TemplateNode[], part: TemplatePart, run: Run): string {
  const written = { text: '' };
  write(nodes, part, run, written);
  return written.text;
}

function write(nodes: readonly TemplateNode[], part: TemplatePart, run: Run, written: { text: string }): void {
  for (const node of nodes) {
    if (node.is === 'text') written.text += node.text;
    if (node.is === 'value') written.text += part === 'html' ? escapeHtml(textOf(node.expression, run)) : textOf(node.expression, run);
    if (node.is === 'choice') write(isFilled(node.when, run) ? node.yes : node.no, part, run, written);
    if (written.text.length > outputLengths[part])
      throw new Failure('template_invalid', `With these values the ${part} becomes longer than ${outputLengths[part]} characters.`);
  }
}

/** The text of an expression. A variable without a value is noted as missing and leaves nothing. */
function textOf(expression: Expression, run: Run): string {
  if (expression.is === 'constant') return expression.text;
  if (expression.is === 'call') return helpers[expression.helper](expression.arguments, run);
  const text = run.values.get(expression.name) ?? '';
  if (text.trim() === '') run.missing.add(expression.name);
  return text;
}

/** Looks without noting what is missing. */
const glance = (expression: Expression, run: Run): string => textOf(expression, { values: run.values, missing: new Set() });
/** Sheets hold words, so a cell that says 0 or false counts as empty, as in Handlebars. */
const isFilled = (expression: Expression, run: Run): boolean => !['', '0', 'false'].includes(glance(expression, run).trim().toLowerCase());

const helpers: Record<HelperName, (values: Expression[], run: Run) => string> = {
  default: ([value, instead], run) => {
    const text = value ? glance(value, run) : '';
    return text.trim() === '' && instead ? textOf(instead, run) : text;
  },
  upper: ([value], run) => (value ? textOf(value, run).toUpperCase() : ''),
  date: ([value, pattern], run) => {
    const text = value ? textOf(value, run) : '';
    const date = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/.exec(text.trim());
    if (!date) return text;
    const [, year = '', month = '', day = '', hours = '00', minutes = '00'] = date;
    // Arithmetic, not Intl: browsers and servers carry different locale tables.
    const parts: Record<string, string> = {
      YYYY: year,
      YY: year.slice(2),
      MM: month,
      M: `${Number(month)}`,
      DD: day,
      D: `${Number(day)}`,
      HH: hours,
      mm: minutes,
    };
    return (pattern ? glance(pattern, run) : 'YYYY-MM-DD').replaceAll(/YYYY|YY|MM|M|DD|D|HH|mm/g, (token) => parts[token] ?? token);
  },
};

/** The same signs as Handlebars escapes. */
const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;', '`': '&#x60;', '=': '&#x3D;' };
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"'`=]/g, (sign) => signs[sign] ?? sign);

function usesOf(node: TemplateNode): VariableUse[] {
  if (node.is === 'value') return usesIn(node.expression);
  if (node.is === 'choice') return [...usesIn(node.when), ...node.yes.flatMap(usesOf), ...node.no.flatMap(usesOf)];
  return [];
}

function usesIn(expression: Expression): VariableUse[] {
  if (expression.is === 'variable') return [{ name: expression.name, ...expression.at }];
  return expression.is === 'call' ? expression.arguments.flatMap(usesIn) : [];
}

function requiredBy(node: TemplateNode): string[] {
  return node.is === 'value' ? neededIn(node.expression) : [];
}

function neededIn(expression: Expression): string[] {
  if (expression.is === 'variable') return [expression.name];
  return expression.is === 'call' && expression.helper !== 'default' ? expression.arguments.flatMap(neededIn) : [];
}
