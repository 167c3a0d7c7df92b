import { expect, test } from 'vitest';
import type { Workspace } from './use-workspace.ts';
import { changesOf, raisedIn, valuesOf } from './workspace-values.ts';

const at = '2026-03-12T12:00:00Z';
const workspace: Workspace = {
  id: 'w',
  name: 'Team',
  zone: 'UTC',
  defaultCountry: 'DE',
  settings: { ceilings: { web: { perHour: 20 } } },
  createdAt: at,
  updatedAt: at,
};

test('nothing changed means nothing is sent', () => {
  expect(changesOf(workspace, valuesOf(workspace))).toEqual({});
});

test('quiet hours switched off are sent as none, with the other settings kept', () => {
  const changes = changesOf(workspace, { ...valuesOf(workspace), isQuiet: false });
  expect(Object.keys(changes)).toEqual(['settings']);
  expect(changes.settings).toMatchObject({ quietHours: null, ceilings: { web: { perHour: 20 } } });
});

test('a ceiling above the old one, or above the default, counts as raised', () => {
  const raised = (web: object) => raisedIn(workspace, { ...valuesOf(workspace), web });
  expect(raised({ perHour: 21 })).toBe(1);
  expect(raised({ perHour: 19 })).toBe(0);
  expect(raised({ perHour: 20, perDay: 1000 })).toBe(1);
  expect(raised({})).toBe(1);
});

test('switching the warm-up off counts as raised, a limit where there was none does not', () => {
  const raised = (web: object) => raisedIn(workspace, { ...valuesOf(workspace), web: { perHour: 20, ...web } });
  expect(raised({ warmUp: false })).toBe(1);
  expect(raised({ warmUp: true, newContactsPerHour: 5 })).toBe(0);
});
