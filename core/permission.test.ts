import { expect, test } from 'vitest';
import { contract } from './api/contract.ts';
import type { Endpoint } from './api/endpoint.ts';
import { toldTo } from './events.ts';
import { may, permissions, Role } from './permission.ts';

const endpoints: [string, Endpoint][] = Object.entries(contract);
const open = (role: Role) =>
  endpoints.filter(([, { allows }]) => allows === 'public' || allows === 'signed_in' || may(role, allows)).map(([name]) => name);

test('each role may do all that the role below it may do', () => {
  const upwards: Role[] = ['operator', 'author', 'admin', 'owner'];
  expect(upwards.toSorted()).toEqual(Role.options.toSorted());
  for (const [index, role] of upwards.slice(1).entries())
    expect(permissions[role]).toEqual(expect.arrayContaining([...permissions[upwards[index] ?? role]]));
});

test('every endpoint of the contract is open to the owner', () => {
  expect(open('owner')).toEqual(endpoints.map(([name]) => name));
});

test('an operator runs campaigns and answers people, but adds no people, profiles, proxies or mail accounts', () => {
  expect(open('operator')).toEqual(expect.arrayContaining(['startCampaign', 'replyTo', 'startProfile', 'startImport']));
  for (const name of ['addPerson', 'removePerson', 'addProfile', 'addProxy', 'addMailAccount', 'changeWorkspace', 'listAudit'])
    expect(open('operator')).not.toContain(name);
});

test('pictures of what a script saw are for authors and above', () => {
  expect(may('operator', 'traces:read')).toBe(false);
  expect(may('author', 'traces:read')).toBe(true);
});

test('every event is told under a permission that some role holds', () => {
  for (const [kind, permission] of Object.entries(toldTo)) expect(permissions.owner, kind).toContain(permission);
});
