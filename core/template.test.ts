import fc from 'fast-check';
import Handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';
import { Failure } from './failure.ts';
import { compileTemplate, mergeFieldsOf } from './template.ts';

const text = (body: string, values: Record<string, unknown> = {}) => compileTemplate({ body }).render(values).text;
const sentenceOf = (body: string, html?: string) => {
  try {
    compileTemplate({ body, html });
  } catch (error) {
    if (error instanceof Failure && error.code === 'template_invalid') return error.message;
    throw error;
  }
  return 'accepted';
};

describe('a template', () => {
  test('takes {{name}} and {name} alike, and leaves every other brace as it stands', () => {
    expect(text('Hi {{name}}, {name}, {{ name }}!', { name: 'Ann' })).toBe('Hi Ann, Ann, Ann!');
    expect(text('{} {1} { name } {"a": {name} } \\{name} \\{{name}} {a b}', { name: 'Ann' })).toBe(
      '{} {1} { name } {"a": Ann } {name} {{name}} {a b}',
    );
  });

  test('finds a field whatever the spelling of its heading', () => {
    const values = { 'Order No.': 'A-1', CITY: 'Köln', имя: 'Аня' };
    expect(text('{{[Order No.]}} {{order_no}} {{city}} {City} {{Имя}}', values)).toBe('A-1 A-1 Köln Köln Аня');
    expect(compileTemplate({ body: '{{City}} {city} {{[Order No.]}}' }).variables).toEqual(['city', 'order_no']);
  });

  test('chooses by conditions and leaves no empty line behind', () => {
    const body =
      'Dear {{name}},\n{{#if vip}}\nthank you.\n{{else if city}}\nhello {{city}}.\n{{else}}\nhello.\n{{/if}}\nBye{{#unless vip}}!{{/unless}}';
    expect(text(body, { name: 'A', vip: 'yes' })).toBe('Dear A,\nthank you.\nBye');
    expect(text(body, { name: 'A', vip: '0', city: 'Rome' })).toBe('Dear A,\nhello Rome.\nBye!');
    expect(text(body, { name: 'A', vip: false })).toBe('Dear A,\nhello.\nBye!');
  });

  test('has helpers for a default, capitals and dates', () => {
    expect(text('{{default name "friend"}} {{upper (default name "friend")}}', {})).toBe('friend FRIEND');
    expect(text('{{date due "DD.MM.YY HH:mm"}} {{date due}} {{date odd "D"}}', { due: '2026-03-09T08:05', odd: 'soon' })).toBe(
      '09.03.26 08:05 2026-03-09 soon',
    );
    expect(text('{{date}} {{default}}', { date: 'today', default: 'x' })).toBe('today x');
  });

  test('escapes values in HTML and nowhere else', () => {
    const compiled = compileTemplate({ subject: '{{name}}', body: '{{name}} {{{name}}}', html: '<p title="{{name}}">{name}</p>' });
    const rendered = compiled.render({ name: `<b>"Ann" & 'Bo'=\`</b>` });
    expect(rendered.text).toBe(`<b>"Ann" & 'Bo'=\`</b> <b>"Ann" & 'Bo'=\`</b>`);
    expect(rendered.subject).toBe(`<b>"Ann" & 'Bo'=\`</b>`);
    const escaped = '&lt;b&gt;&quot;Ann&quot; &amp; &#x27;Bo&#x27;&#x3D;&#x60;&lt;/b&gt;';
    expect(rendered.html).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  test('writes a value letter by letter: braces in it are not read again', () => {
    expect(text('{{name}}|{name}', { name: '{{order}} {order} $& $1' })).toBe('{{order}} {order} $& $1|{{order}} {order} $& $1');
  });

  test('keeps a subject on one line', () => {
    expect(compileTemplate({ subject: 'Hi {{name}}', body: 'x' }).render({ name: 'Ann\r\nBcc: all@example.com\0' }).subject).toBe(
      'Hi Ann Bcc: all@example.com',
    );
  });

  test('says which values are missing, only where they would have been written', () => {
    const compiled = compileTemplate({ subject: '{{a}}', body: '{{b}} {{default c "x"}}{{#if d}}{{e}}{{else}}{{f}}{{/if}}' });
    expect(compiled.render({ a: '1', b: ' ' }).missing).toEqual(['b', 'f']);
    expect(compiled.render({ a: 1, b: 0, d: 'x', e: 'y' }).missing).toEqual([]);
    expect(compiled.variables).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(compiled.required).toEqual(['a', 'b']);
  });

  test('tells where each variable stands', () => {
    expect(compileTemplate({ body: 'a {x}\n{{#if y}}\n  b {z}{{/if}}' }).uses).toEqual([
      { name: 'x', part: 'body', line: 1, column: 2 },
      { name: 'y', part: 'body', line: 2, column: 6 },
      { name: 'z', part: 'body', line: 3, column: 4 },
    ]);
  });
});

describe('what a template may not do', () => {
  test.each([
    ['{{#each list}}x{{/each}}', /Line 1, column 1 of the text: \{\{#each\}\} is not known/],
    ['a\nbb {{> part}}', /Line 2, column 4/],
    ['{{#with a}}x{{/with}}', /is not known/],
    ['{{lookup a "b"}}', /lookup is not a helper/],
    ['{{name.constructor.name "x"}}', /is not a helper/],
    ['{{this}}', /not a variable/],
    ['{{../name}}', /not a variable/],
    ['{{@root}}', /not a variable/],
    ['{{{{raw}}}}x{{{{/raw}}}}', /Line 1/],
    ['{{> (lookup . "x")}}', /Line 1/],
    ['{{upper name mode="x"}}', /a=b/],
    ['{{upper}} {{upper a b}}', /takes 1 value/],
    ['{{"text"}}', /needs no braces/],
    ['{{#if a b}}x{{/if}}', /exactly one/],
    ['{{#if a as |b|}}x{{/if}}', /after "as"/],
    ['{{first name}}', /name with spaces stands in \[ \]/],
    ['Hello {{name', /not a variable|has no/],
    ['{{#if a}}x', /no \{\{\/if\}\}/],
    ['{{#if a}}x{{/unless}}', /is closed by/],
  ])('is refused with its place: %s', (body, sentence) => {
    expect(sentenceOf(body)).toMatch(sentence);
  });

  test('three braces are refused in HTML', () => {
    expect(sentenceOf('x', '<p>{{{name}}}</p>')).toMatch(/of the HTML text: three braces/);
  });

  test('no name reaches anything but the given values', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'a.constructor']) expect(text(`{{${name}}}`, {})).toBe('');
  });

  test('depth, tags and length are limited before the parser sees them', () => {
    expect(sentenceOf('{{#if a}}'.repeat(7000))).toMatch(/too many|deep/);
    expect(sentenceOf(`${'{{#if a}}'.repeat(25)}x${'{{/if}}'.repeat(25)}`)).toMatch(/deep/);
    expect(sentenceOf(`{{#if a}}${'{{else if b}}'.repeat(400)}{{/if}}`)).toMatch(/more than 300 conditions/);
    expect(sentenceOf(`{{${'upper ('.repeat(300)}`.concat('a', ')'.repeat(300), '}}'))).toMatch(/longer than 1000/);
    expect(sentenceOf('x'.repeat(65_537))).toMatch(/longer than 65536/);
  });

  test('a result that grows without end stops with a sentence', () => {
    expect(() => text('{{a}}'.repeat(100), { a: 'x'.repeat(10_000) })).toThrow(/longer than/);
  });
});

test('what Handlebars itself makes of variables and conditions, we make too', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{{a}}',
      '{{ b }}',
      '{{~a~}}',
      '{{#if a}}',
      '{{#unless b}}',
      '{{else}}',
      '{{/if}}',
      '{{/unless}}',
      '{{! note }}',
      '\n',
      ' ',
      '  \n',
      '\r\n',
    ),
    fc.stringMatching(/^[\p{L}\p{N} .,<>&"'=`äß🌻]{0,8}$/u),
  );
  const value = fc.oneof(fc.constant(''), fc.stringMatching(/^[^{}]{0,6}$/));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), value, value, (pieces, a, b) => {
      const source = pieces.join('');
      if (sentenceOf(source, source) !== 'accepted') return;
      // Ours treats a cell that says 0, false or only spaces as empty; Handlebars sees text.
      fc.pre(![a, b].some((one) => ['0', 'false'].includes(one.trim().toLowerCase()) || (one !== '' && one.trim() === '')));
      const ours = compileTemplate({ body: source, html: source }).render({ a, b });
      expect(ours.html).toBe(Handlebars.compile(source)({ a, b }));
      expect(ours.text).toBe(Handlebars.compile(source, { noEscape: true })({ a, b }));
    }),
    { numRuns: 300 },
  );
});

test('a source of any kind is either refused or rendered, and the same values give the same bytes', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '{{', '}}', '#', '/', 'if ', 'a', '"', '\\', '[', ']', '~', '!', '(', ')', '\n'), maxLength: 40 }),
      (source) => {
        if (source === '' || sentenceOf(source) !== 'accepted') return;
        const compiled = compileTemplate({ body: source });
        expect(compiled.render({ a: 'x' })).toEqual(compileTemplate({ body: source }).render({ a: 'x' }));
      },
    ),
    { numRuns: 500 },
  );
});

test('a contact gives its name, first name, addresses and own fields', () => {
  expect(mergeFieldsOf({ name: 'Ann Lee', phone: '+491701234567', email: null, fields: { 'Order No.': '7', name: 'other' } })).toEqual({
    first_name: 'Ann',
    order_no: '7',
    name: 'Ann Lee',
    phone: '+491701234567',
  });
  expect(mergeFieldsOf({ name: 'Lee, Ann', phone: null, email: 'a@example.com', fields: { first_name: 'Ann' } })).toMatchObject({
    first_name: 'Ann',
  });
});

test('braces that never close are refused as fast as any other text', () => {
  for (const opening of ['{{', '{', '{{!--', '{{! ', '{{#if ']) {
    const html = opening.repeat(Math.floor(500_000 / opening.length));
    expect(() => compileTemplate({ body: 'Hi', html })).toThrow('of the HTML text');
  }
});

test.each(['{{a}}', '{a}', '{a}\n', '{{!}}', '{{!--x--}}', '{{! x\n}}', '\\\\{{a}}'])(
  'more than 2000 of %j are refused at once, with the limit',
  (tag) => {
    const html = tag.repeat(Math.floor(500_000 / tag.length));
    const started = performance.now();
    expect(() => compileTemplate({ body: 'Hi', html })).toThrow('The HTML text: it has more than 2000 variables, conditions and comments.');
    const refusedAfter = performance.now();
    expect(() => compileTemplate({ body: 'Hi', html: tag.repeat(2000) })).not.toThrow();
    // Up to eighty times as many: what looks at each from the start anew takes thousands of times as long.
    expect(refusedAfter - started).toBeLessThan(100 * (performance.now() - refusedAfter));
  },
);

test('a comment ends at its own end, and tags in it do not count', () => {
  const source = `${'{{!-- {{a}} {{a}} --}}'.repeat(1900)}{{!--}}{{b}}${'{{! c }}'.repeat(90)}`;
  expect(compileTemplate({ body: source }).variables).toEqual(['b']);
});
