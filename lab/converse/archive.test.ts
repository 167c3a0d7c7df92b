import { expect, test } from 'vitest';
import { readArchive } from '#lab/converse/archive.ts';

const item = (body: string, withWhom = 'bob@localhost'): string => `item({
	{
		"${body}";
		["name"] = "body";
		["attr"] = {};
	};
	{
		["attr"] = {
			["xmlns"] = "urn:xmpp:receipts";
		};
		["name"] = "request";
	};
	["attr"] = {
		["to"] = "bob@localhost";
		["from"] = "alice@localhost/web";
		["id"] = "m1";
	};
	["key"] = "z2IEyB54";
	["when"] = 1795225811;
	["name"] = "message";
	["with"] = "${withWhom}";
});
`;

test('a message is read with its ids, its time and every letter of its text', () => {
  const source = item('Hi <Bob> & \\"co\\" \\195\\164 \\240\\159\\152\\128\\nline 2 \\\\n }); item(');
  expect(readArchive(source, 'bob@localhost')).toEqual([
    {
      id: 'm1',
      archiveId: 'z2IEyB54',
      from: 'alice@localhost/web',
      to: 'bob@localhost',
      body: 'Hi <Bob> & "co" ä 😀\nline 2 \\n }); item(',
      at: new Date('2026-11-21T01:50:11Z'),
    },
  ]);
});

test('only the conversation that was asked for is read', () => {
  const source = item('one') + item('two', 'carol@localhost') + item('three');
  expect(readArchive(source, 'bob@localhost').map((message) => message.body)).toEqual(['one', 'three']);
});

test('an item that the server is still writing is left for the next time', () => {
  const source = item('one') + item('two').slice(0, 40);
  expect(readArchive(source, 'bob@localhost').map((message) => message.body)).toEqual(['one']);
  expect(readArchive(item('two').slice(0, 40), 'bob@localhost')).toEqual([]);
});

test('a receipt without a text is no message', () => {
  const source = item('one').replace('"body"', '"received"');
  expect(readArchive(source, 'bob@localhost')).toEqual([]);
});
