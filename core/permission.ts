import { z } from 'zod';

/** Who may do what. The seeds' `admin` and `user` are our admin and operator; QA people are authors. */
export const Role = z.enum(['owner', 'admin', 'author', 'operator']);
export type Role = z.output<typeof Role>;

const operator = [
  'workspace:read',
  'profiles:read',
  'profiles:run',
  'profiles:control',
  'proxies:read',
  'templates:read',
  'templates:write',
  'lists:read',
  'lists:write',
  'campaigns:read',
  'campaigns:write',
  'campaigns:run',
  'inbox:read',
  'inbox:write',
  'logs:read',
  'packs:read',
] as const;
const author = [...operator, 'traces:read', 'packs:write'] as const;
const admin = [
  ...author,
  'workspace:write',
  'people:read',
  'people:write',
  'profiles:write',
  'proxies:write',
  'mail:write',
  'accounts:write',
  'audit:read',
  'contacts:erase',
] as const;

export type Permission = (typeof admin)[number];
export const permissions: Record<Role, readonly Permission[]> = { owner: admin, admin, author, operator };

export const may = (role: Role, permission: Permission): boolean => permissions[role].includes(permission);
