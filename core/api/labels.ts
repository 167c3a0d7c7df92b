import { z } from 'zod';
import { LabelColour } from '#core/conversation.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Nothing, nameUpTo } from './fields.ts';

export const Label = z.object({ id: Id, name: z.string(), colour: LabelColour, createdAt: Instant });
const Fields = z.strictObject({ name: nameUpTo(40).min(1), colour: LabelColour.default('grey') });

export const labels = {
  listLabels: endpoint({
    method: 'GET',
    path: '/labels',
    summary: 'Labels of conversations',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(Label) }),
  }),
  addLabel: endpoint({ method: 'POST', path: '/labels', summary: 'Add a label', allows: 'inbox:write', body: Fields, status: 201, reply: Label }),
  changeLabel: endpoint({
    method: 'PATCH',
    path: '/labels/:id',
    summary: 'Rename a label or give it another colour',
    allows: 'inbox:write',
    params: ById,
    body: changesOf(Fields),
    reply: Label,
  }),
  removeLabel: endpoint({
    method: 'DELETE',
    path: '/labels/:id',
    summary: 'Remove a label from everywhere',
    allows: 'inbox:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
