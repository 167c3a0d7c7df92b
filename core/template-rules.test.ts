import { expect, test } from 'vitest';
import { componentsOf, samplesOf, type TemplateButton, type TemplateDraft, withSamples } from './platform-components.ts';
import { brokenTemplate } from './template-rules.ts';

const good: TemplateDraft = {
  name: 'order_ready',
  language: 'en_US',
  category: 'UTILITY',
  header: 'Order {{1}}',
  headerSample: '1204',
  body: 'Hello {{1}}, your order is ready until {{2}}.',
  bodySamples: ['Ann', 'Friday'],
  footer: 'The shop',
  buttons: [],
};
const button = (kind: string, text: string, value = '', sample = ''): TemplateButton => ({ kind, text, value, sample });
const rules = (change: Partial<TemplateDraft>) =>
  brokenTemplate('UTILITY', componentsOf({ ...good, ...change })).map(({ field, rule }) => `${field} ${rule}`);
const answers = (count: number) => Array.from({ length: count }, (_, n) => button('QUICK_REPLY', `Answer ${n}`));

test.each<[Partial<TemplateDraft>, string[]]>([
  [{}, []],
  [{ header: 'x'.repeat(61) }, ['header too_long']],
  [{ header: '{{1}} and {{2}}' }, ['header too_many_places', 'header sample']],
  [{ headerSample: ' ' }, ['header sample']],
  [{ body: '' }, ['body needed']],
  [{ body: 'x'.repeat(1025) }, ['body too_long']],
  [{ body: '{{1}} is ready' }, ['body edge']],
  [{ body: 'It is ready, {{1}}' }, ['body edge']],
  [{ body: 'Hello {{1}}, until {{3}}.' }, ['body places']],
  [{ body: 'Hello {{name}}, until {{2}}.' }, ['body places']],
  [{ bodySamples: ['Ann'] }, ['body sample']],
  [{ footer: 'Order {{1}}' }, ['footer too_many_places']],
  [{ footer: 'x'.repeat(61) }, ['footer too_long']],
  [{ buttons: [button('QUICK_REPLY', 'x'.repeat(26))] }, ['buttons.0 too_long']],
  [{ buttons: answers(10) }, []],
  [{ buttons: answers(11) }, ['buttons too_many']],
  [{ buttons: [...answers(2), button('QUICK_REPLY', 'answer 1')] }, ['buttons twice']],
  [{ buttons: [button('URL', 'Track', 'https://shop.test/o/{{1}}', '1204'), button('PHONE_NUMBER', 'Call', '+49 30 1234567')] }, []],
  [{ buttons: [button('URL', 'Track', 'https://shop.test/o/{{1}}')] }, ['buttons.0 sample']],
  [{ buttons: [button('URL', 'Track', 'https://{{1}}.test/')] }, ['buttons.0 url']],
  [{ buttons: [button('URL', 'Track', 'javascript:alert(1)')] }, ['buttons.0 url']],
  [{ buttons: ['a', 'b', 'c'].map((text) => button('URL', text, 'https://shop.test')) }, ['buttons too_many_urls']],
  [{ buttons: [button('PHONE_NUMBER', 'Call', '1234567')] }, ['buttons.0 phone']],
  [{ buttons: [button('QUICK_REPLY', 'Yes'), button('URL', 'Track', 'https://shop.test'), button('QUICK_REPLY', 'No')] }, ['buttons mixed']],
])('%j breaks %j', (change, expected) => {
  expect(rules(change)).toEqual(expected);
});

test('what others handed in is read whatever it holds, and shown with its examples in their places', () => {
  const components = componentsOf(good);
  expect(withSamples('Hello {{1}}!', samplesOf(components, 'BODY'))).toEqual([
    { text: 'Hello ', isSample: false },
    { text: 'Ann', isSample: true },
    { text: '!', isSample: false },
  ]);
  const named = [{ type: 'body', text: 'Hi {{who}}.', example: { body_text_named_params: [{ param_name: 'who', example: 'Ann' }] } }];
  expect([samplesOf(named, 'BODY'), brokenTemplate('UTILITY', named)]).toEqual([['Ann'], []]);
  for (const odd of [[], [{}], [{ type: 'BODY', text: 7, example: [] }], [{ type: 'BUTTONS', buttons: [null, 7, { type: 'COPY_CODE' }] }]])
    expect(brokenTemplate('UTILITY', odd)).toMatchObject([{ field: 'body', rule: 'needed' }]);
  expect(brokenTemplate('AUTHENTICATION', [{ type: 'BODY', add_security_recommendation: true }])).toEqual([]);
});
