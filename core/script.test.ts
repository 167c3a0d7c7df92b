import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { Pack, packJsonSchema } from './script.ts';

/** The smallest pack that sends: each test breaks one promise of it. */
function smallPack() {
  return {
    name: 'small',
    version: '1.0.0',
    title: 'Small',
    baseUrl: 'http://127.0.0.1',
    addressedBy: 'jid',
    reports: ['sent'],
    locale: { default: 'en', supported: ['en'] },
    selectors: {
      list: ['#list', '.list'],
      header: { any: ['header'], fields: { jid: '@title' } },
      composer: ['textarea'],
      bubble: {
        any: ['.bubble'],
        fields: { id: '@id', text: '.', direction: { cases: [{ is: 'out', has: '.me' }], else: 'in' }, status: '@data-status' },
      },
      older: ['.older'],
    },
    states: [{ is: 'ready', visible: 'list' }],
    login: {} as Record<string, unknown>,
    flows: {
      open: { steps: [{ click: { on: 'list' } }] as object[] },
      send: {
        steps: [
          { open: { conversation: '{{to}}' } },
          { guard: { header: '{{to}}', composer: 'empty' } },
          { type: { into: 'composer', text: '{{text}}' } },
          { commit: { press: 'Enter' } },
          { prove: { new: 'bubble', where: { direction: 'out', text: '{{text}}' }, acknowledged: ['sent'], seconds: 5 } },
        ] as object[],
      },
      confirm: {
        steps: [
          { open: { conversation: '{{to}}' } },
          { guard: { header: '{{to}}' } },
          { find: { in: 'list', of: 'bubble', where: { text: '{{text}}' }, acknowledged: ['sent'], top: { hidden: 'older' }, seconds: 5 } },
        ] as object[],
      },
    } as Record<string, { inputs?: string[]; steps: object[] }>,
  };
}
type Small = ReturnType<typeof smallPack>;

const complaints = (change: (pack: Small) => void): string => {
  const pack = smallPack();
  change(pack);
  const parsed = Pack.safeParse(pack);
  return parsed.success ? '' : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n');
};
const sendSteps = (pack: Small): object[] => pack.flows.send?.steps ?? [];

test('the small pack is valid', () => {
  expect(complaints(() => undefined)).toBe('');
});

test('a send flow without a commit, with two, or with one inside a branch is refused', () => {
  expect(complaints((pack) => sendSteps(pack).splice(3, 1))).toMatch(/exactly one commit/);
  expect(complaints((pack) => sendSteps(pack).splice(3, 0, { commit: { press: 'Enter' } }))).toMatch(/exactly one commit/);
  expect(complaints((pack) => sendSteps(pack).splice(3, 1, { when: { visible: 'list', do: [{ commit: { press: 'Enter' } }] } }))).toMatch(
    /exactly one commit/,
  );
});

test('after the commit stands the proof and nothing else', () => {
  expect(complaints((pack) => sendSteps(pack).splice(4, 1))).toMatch(/exactly one prove/);
  expect(complaints((pack) => sendSteps(pack).push({ click: { on: 'list' } }))).toMatch(/exactly one prove/);
  expect(complaints((pack) => sendSteps(pack).splice(4, 0, { wait: { for: 'list', seconds: 1 } }))).toMatch(/exactly one prove/);
});

test('typing without a guard before it, or acting between typing and commit, is refused', () => {
  expect(complaints((pack) => sendSteps(pack).splice(1, 1))).toMatch(/guard with an empty composer/);
  expect(complaints((pack) => sendSteps(pack).splice(1, 1, { guard: { header: '{{to}}' } }))).toMatch(/guard with an empty composer/);
  expect(complaints((pack) => sendSteps(pack).splice(3, 0, { press: { key: 'Enter' } }))).toMatch(/Between typing and commit/);
});

test('no other flow may commit, prove, find or write into the composer', () => {
  const other = (step: object) => complaints((pack) => Object.assign(pack.flows, { mine: { steps: [step] } }));
  expect(other({ commit: { press: 'Enter' } })).toMatch(/Only the flow "send" may commit/);
  expect(other({ type: { into: 'composer', text: 'x' } })).toMatch(/may type into the composer/);
  expect(other({ fill: { into: 'composer', value: 'x' } })).toMatch(/never filled/);
  expect(other({ press: { key: 'Enter', on: 'composer' } })).toMatch(/No key may be pressed/);
});

test('a pack that sends must be able to look again', () => {
  expect(complaints((pack) => delete pack.flows.confirm)).toMatch(/"confirm"/);
});

test('names that do not exist and inputs that were not declared are named with their place', () => {
  expect(complaints((pack) => sendSteps(pack).unshift({ click: { on: 'nowhere' } }))).toMatch(
    /flows\.send\.steps\.0: There is no selector "nowhere"/,
  );
  expect(complaints((pack) => sendSteps(pack).unshift({ goto: { path: '/{{secret}}' } }))).toMatch(/"secret" is not an input of send/);
  expect(complaints((pack) => Object.assign(pack.flows, { mine: { steps: [{ run: { flow: 'gone' } }] } }))).toMatch(/There is no flow "gone"/);
  const byForm = (input: string) => ({ when: { given: { input, as: 'phone' }, do: [{ click: { on: 'list' } }] } });
  expect(complaints((pack) => sendSteps(pack).unshift(byForm('to')))).toBe('');
  expect(complaints((pack) => sendSteps(pack).unshift(byForm('secret')))).toMatch(/"secret" is not an input of send/);
});

test('a branch looks at the page or at an input, not at both', () => {
  const both = { when: { visible: 'list', given: { input: 'to', as: 'id' }, do: [{ click: { on: 'list' } }] } };
  expect(complaints((pack) => sendSteps(pack).unshift(both))).toMatch(/Either visible or given/);
});

test('flows that run one another in a circle are refused', () => {
  const circle = { a: { steps: [{ run: { flow: 'b' } }] }, b: { steps: [{ run: { flow: 'a' } }] } };
  expect(complaints((pack) => Object.assign(pack.flows, circle))).toMatch(/runs itself/);
});

test('ready must be proven by something visible, and every state by something that is there', () => {
  expect(complaints((pack) => Object.assign(pack, { states: [{ is: 'ready', urlHas: '/chats' }] }))).toMatch(/something visible/);
  expect(
    complaints((pack) =>
      Object.assign(pack, {
        states: [
          { is: 'ready', visible: 'list' },
          { is: 'loading', hidden: 'list' },
        ],
      }),
    ),
  ).toMatch(/something that is there/);
});

test('there is no way to bring code: unknown keys, other selector engines and broken patterns are refused', () => {
  expect(complaints((pack) => sendSteps(pack).unshift({ evaluate: 'alert(1)' }))).toMatch(/Unrecognized key/);
  expect(complaints((pack) => Object.assign(pack.selectors, { list: ['xpath=//body'] }))).toMatch(/selectors\.list/);
  expect(complaints((pack) => Object.assign(pack.selectors, { list: { any: ['#list'], fields: { x: { from: '.', match: '(' } } } }))).toMatch(
    /regular expression/,
  );
});

test('the JSON Schema for the editor accepts the pack and refuses an unknown step', () => {
  const validate = new Ajv2020({ strict: false, formats: { uri: true } }).compile(packJsonSchema());
  expect(validate(smallPack()), JSON.stringify(validate.errors)).toBe(true);
  const wrong = smallPack();
  sendSteps(wrong).unshift({ evaluate: 'alert(1)' });
  expect(validate(wrong)).toBe(false);
});
