import { compileTemplate, mergeFieldsOf } from '#core/template.ts';
import { listAttending } from '#sql/attendances.ts';
import { readContact } from '#sql/contacts.ts';
import * as desk from '#sql/desk.ts';
import { readConversation } from '#sql/inbox.ts';
import type { Handlers } from './handler.ts';

export const deskHandlers = () =>
  ({
    listAttending: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await readConversation(trx, params.id);
        return { rows: await listAttending(trx, { conversationId: params.id, personId: caller.personId }) };
      }),
    listNotes: ({ params, transaction }) =>
      transaction(async (trx) => {
        await readConversation(trx, params.id);
        return { rows: await desk.listNotes(trx, params.id) };
      }),
    addNote: ({ params, body, caller, transaction }) =>
      transaction((trx) =>
        desk.addNote(trx, { workspaceId: caller.workspaceId, conversationId: params.id }, { personId: caller.personId, text: body.text }),
      ),
    readDraft: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await readConversation(trx, params.id);
        return { draft: await desk.readDraft(trx, params.id, caller.personId) };
      }),
    async keepDraft({ params, body, caller, transaction }) {
      await transaction(async (trx) => {
        await readConversation(trx, params.id);
        await desk.keepDraft(trx, { workspaceId: caller.workspaceId, conversationId: params.id, personId: caller.personId }, body);
      });
      return null;
    },
    listCannedFor: ({ params, transaction }) =>
      transaction(async (trx) => {
        const { contactId } = await readConversation(trx, params.id);
        const fields = mergeFieldsOf(await readContact(trx, contactId));
        const answers = await desk.listCannedAnswers(trx);
        const rows = answers.map((answer) => {
          const { text, missing } = compileTemplate(answer).render(fields);
          return { ...answer, text, missing };
        });
        return { rows };
      }),
    listCannedAnswers: ({ transaction }) => transaction(async (trx) => ({ rows: await desk.listCannedAnswers(trx) })),
    addCannedAnswer({ body, caller, transaction }) {
      // Refuses what could not be filled in: with `template_invalid`, and the place.
      compileTemplate(body);
      return transaction((trx) => desk.addCannedAnswer(trx, caller.workspaceId, body));
    },
    changeCannedAnswer({ params, body, caller, transaction }) {
      if (body.body !== undefined) compileTemplate({ body: body.body });
      return transaction((trx) => desk.changeCannedAnswer(trx, { workspaceId: caller.workspaceId, id: params.id }, body));
    },
    async removeCannedAnswer({ params, caller, transaction }) {
      await transaction((trx) => desk.removeCannedAnswer(trx, { workspaceId: caller.workspaceId, id: params.id }));
      return null;
    },
    listSavedViews: ({ caller, transaction }) => transaction(async (trx) => ({ rows: await desk.listSavedViews(trx, caller.personId) })),
    addSavedView: ({ body, caller, transaction }) => transaction((trx) => desk.addSavedView(trx, caller, body)),
    async removeSavedView({ params, caller, transaction }) {
      await transaction((trx) => desk.removeSavedView(trx, { ...caller, id: params.id }));
      return null;
    },
  }) satisfies Partial<Handlers>;
