import type { BotKind } from '#core/automation.ts';
import { Failure } from '#core/failure.ts';
import * as bots from '#sql/bots.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';

export type BotParts = { sealer: Sealer; now: () => Date };

export const botsHandlers = ({ sealer, now }: BotParts) =>
  ({
    readBotStatus: ({ caller, transaction }) => transaction((trx) => bots.readBotStatus(trx, caller.workspaceId, now())),
    listBots: ({ caller, transaction }) => transaction(async (trx) => ({ rows: await bots.listBots(trx, caller.workspaceId, now()) })),
    addBot({ body, caller, transaction }) {
      const { secret, ...fields } = body;
      refuseIncomplete(fields.kind, fields.settings);
      refuseUnfit(fields.kind, secret ?? '');
      const sealedSecret = secret === undefined ? null : sealer.seal(secret);
      return transaction((trx) => bots.addBot(trx, caller.workspaceId, { ...fields, sealedSecret }));
    },
    changeBot({ params, body, caller, transaction }) {
      const { secret, ...change } = body;
      return transaction(async (trx) => {
        const before = await bots.readKeptBot(trx, params.id);
        if (!before) throw new Failure('not_found');
        refuseIncomplete(before.kind, change.settings ?? before.settings);
        if (secret !== undefined) refuseUnfit(before.kind, secret);
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

/** Of an HTTP bot it signs both ways, and is one of Standard Webhooks. */
function refuseUnfit(kind: BotKind, secret: string): void {
  if (kind !== 'http' || /^whsec_[A-Za-z0-9+/]{16,}={0,2}$/.test(secret)) return;
  const problem = secret === '' ? 'is missing' : 'is not whsec_ and base64';
  throw new Failure('invalid_input', 'Give a secret that signs what is said both ways: whsec_ and 24 bytes or more in base64.', {
    fields: { secret: problem },
  });
}
