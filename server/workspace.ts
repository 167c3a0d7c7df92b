import { requireCountry } from '#core/address.ts';
import { listAudit } from '#sql/audit.ts';
import { recountRepeats } from '#sql/campaign-repeats.ts';
import { recordEvent } from '#sql/events.ts';
import { addPerson, changeRole, listPeople, removePerson } from '#sql/people.ts';
import type { Queue } from '#sql/queue.ts';
import { recountReports } from '#sql/reports.ts';
import { askRulesAgain } from '#sql/rules-changed.ts';
import { recountSlas } from '#sql/sla.ts';
import { changeWorkspace, readWorkspace } from '#sql/workspace.ts';
import type { Handlers } from './handler.ts';
import { hashPassword } from './passwords.ts';

export const workspaceHandlers = ({ queue, now }: { queue: Queue; now: () => Date }) =>
  ({
    readWorkspace: ({ transaction }) => transaction(readWorkspace),
    changeWorkspace: ({ body, caller, transaction }) =>
      transaction(async (trx) => {
        if (body.defaultCountry) requireCountry(body.defaultCountry);
        const changed = await changeWorkspace(trx, body);
        if (body.settings || body.zone) await askRulesAgain(trx, queue, { workspaceId: caller.workspaceId });
        if (body.settings?.businessHours !== undefined || body.zone) await recountSlas(trx);
        if (body.zone) await recountReports(trx, now());
        if (body.zone) await recountRepeats(trx, now());
        await recordEvent(trx, caller.workspaceId, { kind: 'workspace_changed' });
        return changed;
      }),
    listPeople: ({ transaction }) => transaction(async (trx) => ({ rows: await listPeople(trx) })),
    async addPerson({ body, caller, transaction }) {
      const { password, ...person } = body;
      const passwordHash = await hashPassword(password);
      return transaction((trx) => addPerson(trx, caller.workspaceId, { ...person, passwordHash }));
    },
    changePerson: ({ params, body, transaction }) => transaction((trx) => changeRole(trx, params.id, body.role)),
    async removePerson({ params, transaction }) {
      await transaction((trx) => removePerson(trx, params.id));
      return null;
    },
    listAudit: ({ query, transaction }) => transaction((trx) => listAudit(trx, query)),
  }) satisfies Partial<Handlers>;
