import { type OpenAccount, placeOf } from '#channels/meta/connection.ts';
import { createTemplate, deleteTemplate } from '#channels/meta/templates.ts';
import { Failure } from '#core/failure.ts';
import { brokenTemplate } from '#core/template-rules.ts';
import { readConnection } from '#sql/connection-list.ts';
import { openConnection } from '#sql/connections.ts';
import type { Trx } from '#sql/database.ts';
import { dropTemplates, keepTemplates, listPlatformTemplates } from '#sql/platform-templates.ts';
import type { PlatformParts } from './connect-account.ts';
import type { Handlers } from './handler.ts';
import { openAccount } from './open-account.ts';

/** Templates that WhatsApp approves. What is not changed here comes with the account's sync and its webhooks. */
export const platformTemplatesHandlers = ({ platforms: settings, sealer, now }: PlatformParts) => {
  const openBusiness = async (trx: Trx, id: string) => businessOf(openAccount(sealer, await openConnection(trx, id)));
  return {
    listPlatformTemplates: ({ params, transaction }) =>
      transaction(async (trx) => {
        const { businessId } = await readConnection(trx, params.id, now());
        return { rows: businessId === null ? [] : await listPlatformTemplates(trx, businessId) };
      }),
    async addPlatformTemplate({ params, body, caller, transaction, signal }) {
      const { account, businessId } = await transaction((trx) => openBusiness(trx, params.id));
      refuseBroken(body.template);
      const made = await createTemplate(placeOf(account, settings), { businessId, template: body.template }, signal);
      return transaction(async (trx) => {
        await keepTemplates(trx, { workspaceId: caller.workspaceId, businessId }, { templates: [made], isAll: false, now: now() });
        return { rows: await listPlatformTemplates(trx, businessId) };
      });
    },
    async removePlatformTemplate({ params, transaction, signal }) {
      const { account, businessId } = await transaction((trx) => openBusiness(trx, params.id));
      await deleteTemplate(placeOf(account, settings), { businessId, name: params.name }, signal);
      await transaction((trx) => dropTemplates(trx, { businessId, name: params.name }));
      return null;
    },
  } satisfies Partial<Handlers>;
};

function refuseBroken({ category, components }: { category: string; components: Record<string, unknown>[] }): void {
  const broken = brokenTemplate(category, components);
  if (broken.length === 0) return;
  const fields = Object.fromEntries(broken.map(({ field, sentence }) => [field, sentence]));
  throw new Failure('invalid_input', 'WhatsApp would not take this template.', { fields });
}

function businessOf(account: OpenAccount): { account: OpenAccount; businessId: string } {
  const { platform, businessId } = account;
  if (platform !== 'whatsapp' || businessId === null) throw new Failure('wrong_state', 'Only WhatsApp has templates that are approved.');
  return { account, businessId };
}
