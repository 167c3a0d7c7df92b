import Handlebars from 'handlebars';
import { Failure } from './failure.ts';

export type TemplatePart = 'subject' | 'body' | 'html';
export type Place = { part: TemplatePart; line: number; column: number };
export type Expression =
  | { is: 'variable'; name: string; at: Place }
  | { is: 'constant'; text: string }
  | { is: 'call'; helper: HelperName; arguments: Expression[]; at: Place };
/** What a template is made of once it is checked: nothing in it can loop, reach another object, or run code. */
export type TemplateNode =
  | { is: 'text'; text: string }
  | { is: 'value'; expression: Expression }
  | { is: 'choice'; when: Expression; yes: TemplateNode[]; no: TemplateNode[] };

/** Helpers and how many values each takes. */
const helpers = { default: [2, 2], upper: [1, 1], date: [1, 2] } as const;
export type HelperName = keyof typeof helpers;
const isHelper = (name: string): name is HelperName => Object.hasOwn(helpers, name);

/**
 * Handlebars' own parser takes cubic time on nested blocks (measured: 2,000 levels 1.4 s, 8,000 levels 70 s), so tags are counted before it
 * sees the source. 2,000 tags parse in 70 ms; 50,000 comments took 35 s.
 */
const limits = { tags: 2000, blocks: 300, depth: 20, tagLength: 1000 } as const;
const lengths: Record<TemplatePart, number> = { subject: 500, body: 65_536, html: 500_000 };
const partNames: Record<TemplatePart, string> = { subject: 'subject', body: 'text', html: 'HTML text' };
/** `{name}`, not beside another brace. A backslash in front keeps it as it stands. */
const singleBrace = /(?<!\{)(\\?)\{([\p{L}_][\p{L}\p{M}\p{N}_.-]*)\}(?!\})/gu;

/** One spelling per name: `{{City}}`, `{{city}}` and the heading " City " are the same field. */
export function foldName(name: string): string {
  const folded = name.normalize('NFKC').toLowerCase();
  return folded.replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/g, '');
}

/** Reads one part of a template. Throws `template_invalid` with line and column, and the part as the wrong field. */
export function readTemplatePart(source: string, part: TemplatePart): TemplateNode[] {
  const context = { part, refuse: refuseIn(part) };
  countTags(source, context);
  return nodesOf(parse(source, context).body, context);
}

type Context = { part: TemplatePart; refuse: (sentence: string, at?: { line: number; column: number }) => Failure };

function refuseIn(part: TemplatePart): Context['refuse'] {
  return (sentence, at) => {
    const place = at ? `Line ${at.line}, column ${at.column + 1} of the ${partNames[part]}` : `The ${partNames[part]}`;
    return new Failure('template_invalid', `${place}: ${sentence}`, { fields: { [part]: sentence } });
  };
}

function countTags(source: string, { part, refuse }: Context): void {
  if (source.length > lengths[part]) throw refuse(`it is longer than ${lengths[part]} characters.`);
  // `{name}` is no tag to the parser, but it makes a value as one does.
  let tags = source.match(singleBrace)?.length ?? 0;
  let blocks = 0;
  let depth = 0;
  for (const tag of tagsOf(source)) {
    tags += 1;
    if (tags > limits.tags) break;
    if (tag.startsWith('{{!')) continue;
    if (tag.length > limits.tagLength) throw refuse(`a tag is longer than ${limits.tagLength} characters.`);
    if (/^\{\{~?\s*else\s+\S/.test(tag)) blocks += 1;
    if (/^\{\{~?[#^]/.test(tag)) {
      blocks += 1;
      depth += 1;
    }
    if (/^\{\{~?\//.test(tag)) depth -= 1;
    if (depth > limits.depth) throw refuse(`conditions stand more than ${limits.depth} deep in each other.`);
    if (blocks > limits.blocks) throw refuse(`it has more than ${limits.blocks} conditions.`);
  }
  if (tags > limits.tags) throw refuse(`it has more than ${limits.tags} variables, conditions and comments.`);
}

/** Each tag from its braces to its braces. Not a regular expression: braces that never close would make it look to the end from each of them. */
function* tagsOf(source: string): Generator<string> {
  const lastLongEnd = source.lastIndexOf('--}}');
  for (let at = source.indexOf('{{'); at >= 0; ) {
    const isLong = source.startsWith('{{!--', at) && at + 5 <= lastLongEnd;
    const end = isLong ? source.indexOf('--}}', at + 5) + 4 : source.indexOf('}}', at + 2) + 2;
    if (end < at + 2) return;
    yield source.slice(at, end);
    at = source.indexOf('{{', end);
  }
}

function parse(source: string, { refuse }: Context): hbs.AST.Program {
  try {
    return Handlebars.parse(source);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const line = Number(/line (\d+)/.exec(error.message)?.[1] ?? /(\d+):\d+$/.exec(error.message)?.[1] ?? 1);
    throw refuse(sentenceFor(error.message), { line, column: 0 });
  }
}

function sentenceFor(message: string): string {
  const mismatch = /^(\S+) doesn't match (\S+)/.exec(message);
  if (mismatch) return `{{#${mismatch[1]}}} is closed by {{/${mismatch[2]}}}.`;
  if (message.endsWith("got 'EOF'")) return 'a {{#if}} has no {{/if}}, or a {{ has no }}.';
  return 'this is not a variable. Write {{name}}, or \\{{ for the braces themselves.';
}

function nodesOf(statements: hbs.AST.Statement[], context: Context): TemplateNode[] {
  return statements.flatMap((statement) => nodesOfStatement(statement, context));
}

function nodesOfStatement(statement: hbs.AST.Statement, context: Context): TemplateNode[] {
  const at = statement.loc.start;
  // The parser's type names tell which shape a statement has.
  switch (statement.type) {
    case 'ContentStatement':
      return textNodes(statement as hbs.AST.ContentStatement, context);
    case 'CommentStatement':
      return [];
    case 'MustacheStatement': {
      const mustache = statement as hbs.AST.MustacheStatement;
      if (!mustache.escaped && context.part === 'html') throw context.refuse('three braces would write a value into HTML unescaped. Use two.', at);
      return [{ is: 'value', expression: callOf(mustache, context) }];
    }
    case 'BlockStatement':
      return [choiceOf(statement as hbs.AST.BlockStatement, context)];
    default:
      throw context.refuse('only variables, {{#if}}, {{#unless}} and comments are known here.', at);
  }
}

/** Text with `{name}` in it. The parser cuts white space off `value`; `original` still tells the places. */
function textNodes(content: hbs.AST.ContentStatement, { part }: Context): TemplateNode[] {
  const text = content.value;
  const shift = Math.max(0, originalOf(content).indexOf(text));
  const nodes: TemplateNode[] = [];
  let done = 0;
  for (const found of text.matchAll(singleBrace)) {
    const [whole, backslash, name = ''] = found;
    nodes.push({ is: 'text', text: text.slice(done, found.index) });
    const at = { part, ...placeIn(content, shift + found.index) };
    nodes.push(backslash ? { is: 'text', text: whole.slice(1) } : { is: 'value', expression: { is: 'variable', name: foldName(name), at } });
    done = found.index + whole.length;
  }
  nodes.push({ is: 'text', text: text.slice(done) });
  return nodes.filter((node) => node.is !== 'text' || node.text !== '');
}

/** The published type is wrong: the parser puts the text as it was written here (4.7.10). */
const originalOf = (content: hbs.AST.ContentStatement): string => content.original as unknown as string;

function placeIn(content: hbs.AST.ContentStatement, offset: number): { line: number; column: number } {
  const { loc } = content;
  const lines = originalOf(content).slice(0, offset).split('\n');
  const column = lines.at(-1)?.length ?? 0;
  return { line: loc.start.line + lines.length - 1, column: lines.length === 1 ? loc.start.column + column : column };
}

function choiceOf(block: hbs.AST.BlockStatement, context: Context): TemplateNode {
  const name = block.path.original;
  const at = block.loc.start;
  if (name !== 'if' && name !== 'unless') throw context.refuse(`{{#${name}}} is not known. There are {{#if}} and {{#unless}}.`, at);
  const [condition, ...more] = block.params;
  if (!condition || more.length > 0 || block.hash) throw context.refuse(`{{#${name}}} takes exactly one variable.`, at);
  if (block.program?.blockParams || block.inverse?.blockParams) throw context.refuse('names after "as" are not known.', at);
  const inside = block.program ? nodesOf(block.program.body, context) : [];
  const otherwise = block.inverse ? nodesOf(block.inverse.body, context) : [];
  const when = expressionOf(condition, context);
  return name === 'if' ? { is: 'choice', when, yes: inside, no: otherwise } : { is: 'choice', when, yes: otherwise, no: inside };
}

/** `{{name}}`, or a helper with values. A name without values is always a variable, also when a helper is called the same. */
function callOf(call: hbs.AST.MustacheStatement | hbs.AST.SubExpression, context: Context): Expression {
  if (call.hash) throw context.refuse('a=b is not known here.', call.loc.start);
  if (call.params.length === 0 && call.path.type !== 'PathExpression') throw context.refuse('a text needs no braces.', call.loc.start);
  if (call.params.length === 0) return expressionOf(call.path, context);
  // Only a path has `original` as text; literals in front of values fail the check for a helper's name.
  const name = String((call.path as hbs.AST.PathExpression).original);
  if (!isHelper(name))
    throw context.refuse(`${name} is not a helper. There are default, upper and date. A name with spaces stands in [ ].`, call.loc.start);
  const [least, most] = helpers[name];
  if (call.params.length < least || call.params.length > most)
    throw context.refuse(`${name} takes ${most === least ? most : `${least} or ${most}`} value(s).`, call.loc.start);
  return { is: 'call', helper: name, arguments: call.params.map((one) => expressionOf(one, context)), at: { part: context.part, ...call.loc.start } };
}

function expressionOf(expression: hbs.AST.Expression, context: Context): Expression {
  const at = expression.loc.start;
  switch (expression.type) {
    case 'PathExpression': {
      const path = expression as hbs.AST.PathExpression;
      const name = foldName(path.parts.join('.'));
      if (path.data || path.depth > 0 || name === '' || /^(this\b|\.)/.test(path.original))
        throw context.refuse(`${path.original} is not a variable.`, at);
      return { is: 'variable', name, at: { part: context.part, ...at } };
    }
    case 'SubExpression':
      return callOf(expression as hbs.AST.SubExpression, context);
    case 'StringLiteral':
    case 'NumberLiteral':
      return { is: 'constant', text: String((expression as hbs.AST.StringLiteral).value) };
    default:
      throw context.refuse('here stands neither a variable nor a text in quotes.', at);
  }
}
