import * as teams from '#sql/teams.ts';
import type { Handlers } from './handler.ts';

export const teamsHandlers = () =>
  ({
    listTeams: ({ transaction }) => transaction(async (trx) => ({ rows: await teams.listTeams(trx) })),
    addTeam: ({ body, caller, transaction }) => transaction((trx) => teams.addTeam(trx, caller.workspaceId, body)),
    changeTeam: ({ params, body, caller, transaction }) =>
      transaction((trx) => teams.changeTeam(trx, { workspaceId: caller.workspaceId, teamId: params.id }, body)),
    async removeTeam({ params, caller, transaction }) {
      await transaction((trx) => teams.removeTeam(trx, { workspaceId: caller.workspaceId, teamId: params.id }));
      return null;
    },
    listAssignees: ({ transaction }) => transaction(async (trx) => ({ rows: await teams.listAssignees(trx) })),
  }) satisfies Partial<Handlers>;
