import type { BotKind } from '#core/automation.ts';
import { Failure } from '#core/failure.ts';
import * as bots from '#sql/bots.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';

export type BotParts = { sealer: Sealer; now: () => Date };

export const botsHandlers = ({ sealer, now }: BotParts) =>
  ({
    listBots: ({ caller, transaction }) => transaction(async (trx) => ({ rows: await bots.listBots(trx, caller.workspaceId, now()) })),
    addBot({ body, caller, transaction }) {
      const { secret, ...fields } = body;
      refuseIncomplete(fields.kind, fields.settings);
      if (fields.kind === 'http' && secret === undefined)
        throw new Failure('invalid_input', 'Give a secret: what is said both ways is signed with it.', { fields: { secret: 'is missing' } });
      const sealedSecret = secret === undefined ? null : sealer.seal(secret);
      return transaction((trx) => bots.addBot(trx, caller.workspaceId, { ...fields, sealedSecret }));
    },
    changeBot({ params, body, caller, transaction }) {
      const { secret, ...change } = body;
      return transaction(async (trx) => {
        const before = await bots.readKeptBot(trx, params.id);
        if (!before) throw new Failure('not_found');
        refuseIncomplete(before.kind, change.settings ?? before.settings);
        const sealedSecret = secret === undefined ? undefined : sealer.seal(secret);
        return bots.changeBot(trx, { workspaceId: caller.workspaceId, id: params.id }, { ...change, sealedSecret });
      });
    },
    async removeBot({ params, caller, transaction }) {
      await transaction((trx) => bots.removeBot(trx, { workspaceId: caller.workspaceId, id: params.id }));
      return null;
    },
  }) satisfies Partial<Handlers>;

function refuseIncomplete(kind: BotKind, settings: bots.BotFields['settings']): void {
  if (kind !== 'rules' && !settings.url) throw new Failure('invalid_input', 'A bot needs an address.', { fields: { settings: 'has no url' } });
  if (kind === 'openai' && !settings.model) throw new Failure('invalid_input', 'Say which model answers.', { fields: { settings: 'has no model' } });
}
