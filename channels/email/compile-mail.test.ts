import { expect, test } from 'vitest';
import { compileTemplate } from '#core/template.ts';
import { compileMail } from './compile-mail.ts';

const render = (html: string, values: Record<string, string> = {}) => compileMail({ body: 'text', html }).render(values).html;

test('rules of a style sheet stand at the elements they are for, and what cannot stay there stays in the head', () => {
  const html = render(
    '<html><head><style>.a{color:red}td{padding:2px}@media (max-width:600px){.a{color:blue}}</style></head><body><p class="a">x</p></body></html>',
  );
  expect(html).toContain('<p class="a" style="color: red;">');
  expect(html).toMatch(/<style>\s*@media/);
  expect(html).not.toContain('padding');
});

test('variables, conditions between the rows of a table, and links pass through as they were written', () => {
  const style = '<style>td{margin:{{gap}}px}</style>';
  const rows = '<table>{{#if vip}}<tr><td title="{{default name "you"}}">{{name}} ü &amp; b</td></tr>{{/if}}</table><a href="{{url}}?a=1&b=2">x</a>';
  const values = { gap: '3', vip: 'yes', name: 'Ann <b>', url: 'https://example.org/' };
  const plain = compileTemplate({ body: 'text', html: rows }).render(values).html ?? '';
  expect(render(style + rows, values)?.replace(' style="margin: 3px;"', '')).toBe(plain);
  expect(render(style + rows, values)).toContain('style="margin: 3px;"');
  expect(render(style + rows, {})).not.toContain('<td');
});

test('a page without a style sheet is left as it is, and a mistake is named by its place in what was written', () => {
  expect(render('<p   class=a>x')).toBe('<p   class=a>x');
  expect(() => compileMail({ body: 'text', html: '<style>p{color:red}</style>\n<p>{{#if a}}' })).toThrow(/^Line 2, column 1 /);
  expect(compileMail({ body: '{{a}}', html: '<style>p{}</style><p>{{b}}</p>' }).variables).toEqual(['a', 'b']);
});
