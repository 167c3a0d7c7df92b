import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Nothing, nameUpTo } from './fields.ts';

export const Team = z.object({ id: Id, name: z.string(), memberIds: z.array(Id), handsOut: z.boolean(), createdAt: Instant });
const Fields = z.strictObject({
  name: nameUpTo(80).min(1),
  memberIds: z.array(Id).max(200).default([]),
  /** Its conversations that are nobody's are given in turn to members who are there and hold less than they may. */
  handsOut: z.boolean().default(false),
});

export const teams = {
  listTeams: endpoint({
    method: 'GET',
    path: '/teams',
    summary: 'Teams and who is in them',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(Team) }),
  }),
  addTeam: endpoint({ method: 'POST', path: '/teams', summary: 'Add a team', allows: 'people:write', body: Fields, status: 201, reply: Team }),
  changeTeam: endpoint({
    method: 'PATCH',
    path: '/teams/:id',
    summary: 'Rename a team or say who is in it',
    allows: 'people:write',
    params: ById,
    body: changesOf(Fields),
    reply: Team,
  }),
  removeTeam: endpoint({
    method: 'DELETE',
    path: '/teams/:id',
    summary: 'Remove a team; its conversations stay with whom they were assigned to',
    allows: 'people:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  listAssignees: endpoint({
    method: 'GET',
    path: '/assignees',
    summary: 'People whom conversations can be assigned to',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(z.object({ id: Id, name: z.string() })) }),
  }),
};
