import { expect, test } from 'vitest';
import { type Dialect, domTable, type NodeName, specOf } from './dom-table.ts';

const dialects: Dialect[] = ['2024', '2025', '2026a', '2026b'];
const written = (name: NodeName, dialect: Dialect) => JSON.stringify(specOf(name, dialect));

test('every node of the page cites its row of the facts, or says that it is ours', () => {
  const uncited = Object.entries(domTable).filter(([, row]) => !/^(ours$|[0-4](\.\d)? )/.test(row.fact));
  expect(uncited).toEqual([]);
});

test('a dialect without a column of its own takes the next newer one', () => {
  expect(specOf('message', '2026b').attrs?.['data-testid']).toBe('conv-msg-{id}');
  expect(specOf('tick', '2025')).toEqual(specOf('tick', '2024'));
  expect(specOf('searchInput', '2024')).toEqual(specOf('searchInput', '2025'));
});

test('test ids stand in no node of 2024 to spring 2026: they were stripped in August 2023 and back by July 2026', () => {
  // Object.keys of a record by NodeName.
  const names = Object.keys(domTable) as NodeName[];
  for (const dialect of ['2024', '2025', '2026a'] as const)
    expect(names.filter((name) => written(name, dialect).includes('data-testid'))).toEqual([]);
  expect(names.filter((name) => written(name, '2026b').includes('data-testid')).length).toBeGreaterThan(30);
});

// Facts 2, "Change history with dates", and the dated facts 0.1 to 0.6; per row what each dialect has, oldest first.
test.each<[change: string, node: NodeName, marks: [string, string, string, string]]>([
  ['number in the id until 2024, LID in 2025, bare id in 2026 (0.1)', 'message', ['{phoneId}', '{lidId}', '"{id}"', 'conv-msg-{id}']],
  ['message-in and message-out gone in 2026 (0.2)', 'message', ['{oldSide}', '{oldSide}', '"_message {side}"', '"_message {side}"']],
  ['icons of ticks until early 2026 (0.4)', 'tick', ['{oldIcon}', '{oldIcon}', '{oldIcon}', '"title","text":"{icon}"']],
  ['icon of the last message in a row', 'rowStatus', ['{oldRowIcon}', '{oldRowIcon}', '"data-icon":"{icon}"', '"title","text":"{icon}"']],
  ['search field: editable until 2025, an input since 2026 (0.5)', 'searchInput', ['contenteditable', 'contenteditable', '"input"', '"input"']],
  ['rows: listitem before 2026', 'row', ['listitem', 'listitem', '"role":"row"', 'cell-frame-container']],
  ['section headers are rows too since 2026', 'sectionRow', ['_section"', '_section"', '"role":"row"', '"role":"row"']],
  ['send icon until mid 2025', 'send', ['"data-icon":"send"', 'wds-ic-send-filled', 'wds-ic-send-filled', 'compose-btn-send']],
  ['the same beside a file', 'mediaSend', ['"data-icon":"send"', 'wds-ic-send-filled', 'wds-ic-send-filled', 'wds-ic-send-filled']],
  ['attach icon: a clip before 2025', 'attach', ['"clip"', 'plus-rounded', 'plus-rounded', 'plus-rounded']],
  [
    'composer: label until August 2025, then placeholder, then both with the name of the chat',
    'composer',
    ['"aria-label":"{placeholder}"', 'aria-placeholder', '"aria-label":"{label}"', 'conversation-compose-box-input'],
  ],
  ['overlay of an expired code: a span before 2024', 'qrExpired', ['"span"', '"div"', '"div"', '"div"']],
  ['unread prefix in titles (2026)', 'rowTitle', ['{title}', '{title}', '{prefix}', '{prefix}']],
  ['icon of a muted chat', 'muted', ['"muted"', '"muted"', 'mute-notifications-refreshed', 'mute-notifications-refreshed']],
])('dated change: %s', (_change, name, marks) => {
  const shown = dialects.map((dialect) => written(name, dialect));
  expect(shown.map((text, index) => text.includes(marks[index] ?? ''))).toEqual([true, true, true, true]);
  const gone = marks.slice(0, -1).filter((mark, index) => marks[index + 1] !== mark && !marks[index + 1]?.includes(mark));
  for (const mark of gone) if (mark.startsWith('{old') || mark === 'contenteditable' || mark === 'listitem') expect(shown[3]).not.toContain(mark);
});

test('each dialect differs from the next', () => {
  const names = Object.keys(domTable) as NodeName[];
  const differing = dialects
    .slice(1)
    .map((newer, index) => names.filter((name) => written(name, newer) !== written(name, dialects[index] ?? newer)).length);
  for (const count of differing) expect(count).toBeGreaterThan(3);
});
