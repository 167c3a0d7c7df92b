import { computed } from 'vue';
import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import type { CannedAnswer as CannedShape } from '#core/api/desk.ts';
import type { Team as TeamShape } from '#core/api/teams.ts';
import type { LabelColour } from '#core/conversation.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Team = z.output<typeof TeamShape>;
export type CannedAnswer = z.output<typeof CannedShape>;
type CannedFields = NonNullable<Parameters<Client['addCannedAnswer']>[0]>['body'];

/** What the people of an inbox agree on: teams, labels with their use, answers that are written once. */
export function useDesk() {
  const client = useClient();
  const { loaded, reload } = useLoaded(
    async (signal) => {
      const [teams, people, labels, answers, counts] = await Promise.all([
        client.listTeams({}, signal),
        client.listAssignees({}, signal),
        client.listLabels({}, signal),
        client.listCannedAnswers({}, signal),
        client.readInboxCounts({}, signal),
      ]);
      const usesOf = (id: string) => Object.values(counts.labels[id] ?? {}).reduce((sum, { conversations }) => sum + conversations, 0);
      return {
        teams: teams.rows,
        people: people.rows,
        labels: labels.rows.map((label) => ({ ...label, uses: usesOf(label.id) })),
        answers: answers.rows,
      };
    },
    { on: ({ kind }) => kind === 'team_changed' || kind === 'label_changed' || kind === 'canned_answer_changed' },
  );
  const params = (id: string) => ({ params: { id } });
  return {
    loaded,
    reload,
    people: computed(() => (loaded.value.is === 'ready' ? loaded.value.value.people : [])),
    saveTeam: (id: string | null, body: { name: string; memberIds: string[]; handsOut: boolean }) =>
      id ? client.changeTeam({ ...params(id), body }) : client.addTeam({ body }),
    removeTeam: (id: string) => client.removeTeam(params(id)),
    saveLabel: (id: string | null, body: { name: string; colour: LabelColour }) =>
      id ? client.changeLabel({ ...params(id), body }) : client.addLabel({ body }),
    removeLabel: (id: string) => client.removeLabel(params(id)),
    saveAnswer: (id: string | null, body: CannedFields) =>
      id ? client.changeCannedAnswer({ ...params(id), body }) : client.addCannedAnswer({ body }),
    removeAnswer: (id: string) => client.removeCannedAnswer(params(id)),
  };
}
