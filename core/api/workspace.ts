import { z } from 'zod';
import { BusinessHours } from '#core/business-hours.ts';
import { Role } from '#core/permission.ts';
import { QuietHours, WorkspaceCeilings } from '#core/policy.ts';
import { Person, Username } from './auth.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Nothing, nameUpTo, OwnPace, Page, pageOf, Zone } from './fields.ts';

/** What a workspace sets for all its accounts; an account may set its own pace and ceilings. */
export const WorkspaceSettings = z.strictObject({
  quietHours: QuietHours.nullable().optional(),
  ceilings: WorkspaceCeilings.optional(),
  pace: OwnPace.optional(),
  /** Opening a chat shows as read to the other side: chats with a badge are opened by themselves only when this says so. */
  reading: z.enum(['when_asked', 'unread']).optional(),
  /** Whoever writes STOP is told once that it was heard, unless this says no. */
  confirmStop: z.boolean().optional(),
  /** When people are at work, in the workspace's zone; null: always. Promised times can be counted in these hours. */
  businessHours: BusinessHours.nullable().optional(),
  /** A campaign to more people than this is started only when somebody else has approved it; null or absent: by one alone. */
  approveAbove: z.number().int().min(0).max(10_000_000).nullable().optional(),
  /** Shown on every screen, such as "Demo: compressed pace". */
  notice: z.string().max(200).nullable().optional(),
});
export type WorkspaceSettings = z.output<typeof WorkspaceSettings>;

export const Workspace = z.object({
  id: Id,
  name: z.string(),
  zone: z.string(),
  defaultCountry: z.string(),
  settings: WorkspaceSettings,
  createdAt: Instant,
  updatedAt: Instant,
});
const AuditRow = z.object({
  id: z.string(),
  at: Instant,
  personId: Id.nullable(),
  person: z.string().nullable(),
  action: z.string(),
  subject: z.string(),
  subjectId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

export const workspace = {
  readWorkspace: endpoint({
    method: 'GET',
    path: '/workspace',
    summary: 'The workspace and its settings',
    allows: 'workspace:read',
    reply: Workspace,
  }),
  changeWorkspace: endpoint({
    method: 'PATCH',
    path: '/workspace',
    summary: 'Change name, zone, country or settings',
    allows: 'workspace:write',
    body: z.strictObject({
      name: nameUpTo(120).min(1).optional(),
      zone: Zone.optional(),
      defaultCountry: z
        .string()
        .regex(/^[A-Z]{2}$/, 'is not a country code, such as DE')
        .optional(),
      settings: WorkspaceSettings.optional(),
    }),
    reply: Workspace,
  }),
  listPeople: endpoint({
    method: 'GET',
    path: '/people',
    summary: 'People of the workspace',
    allows: 'people:read',
    reply: z.object({ rows: z.array(Person) }),
  }),
  addPerson: endpoint({
    method: 'POST',
    path: '/people',
    summary: 'Add a person with a first password',
    allows: 'people:write',
    body: z.strictObject({
      email: z.email().max(254).toLowerCase(),
      username: Username,
      name: nameUpTo(80).default(''),
      role: Role.exclude(['owner']),
      password: z.string().min(12, 'is too short: use 12 letters or more').max(256),
    }),
    status: 201,
    reply: Person,
  }),
  changePerson: endpoint({
    method: 'PATCH',
    path: '/people/:id',
    summary: 'Change the role of a person',
    allows: 'people:write',
    params: ById,
    body: z.strictObject({ role: Role.exclude(['owner']) }),
    reply: Person,
  }),
  removePerson: endpoint({
    method: 'DELETE',
    path: '/people/:id',
    summary: 'Remove a person; the owner stays',
    allows: 'people:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  listAudit: endpoint({
    method: 'GET',
    path: '/audit',
    summary: 'Who changed what, newest first',
    allows: 'audit:read',
    query: Page,
    reply: pageOf(AuditRow),
  }),
};
