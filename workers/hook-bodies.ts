import type { z } from 'zod';
import { Delivery } from '#core/api/campaigns.ts';
import { contract } from '#core/api/contract.ts';
import type { Endpoint } from '#core/api/endpoint.ts';
import { asFailure } from '#core/failure.ts';
import { type HookKind, testKind } from '#core/hooks.ts';
import { readAccount } from '#sql/accounts.ts';
import { readCampaign } from '#sql/campaigns.ts';
import { readContact } from '#sql/contacts.ts';
import type { Trx } from '#sql/database.ts';
import { readDelivery } from '#sql/delivery-list.ts';
import type { HeldPost } from '#sql/hook-posts.ts';
import { readImport } from '#sql/imports.ts';
import { readConversation } from '#sql/inbox.ts';
import { readList } from '#sql/lists.ts';
import { readListedMessage } from '#sql/message-list.ts';
import { readProfile } from '#sql/profiles.ts';
import { readTemplate } from '#sql/templates.ts';
import { readWorkspace } from '#sql/workspace.ts';

/** The row that an event names, as the API shows it: under which name, by which id, and what is read. */
type Row = { noun: string; id: string; shape: z.ZodType; read: (trx: Trx, id: string, now: Date) => Promise<unknown> };

const shapeOf = (endpoint: Endpoint) => endpoint.reply;
const message: Row = { noun: 'message', id: 'messageId', shape: shapeOf(contract.readMessage), read: readListedMessage };
const account: Row = { noun: 'account', id: 'accountId', shape: contract.listAccounts.reply.shape.rows.element, read: readAccount };
/** Without what a reply box has to know of the channel. */
const conversation = contract.readConversation.reply.omit({ reports: true, takes: true, window: true });
const talk: Row = { noun: 'conversation', id: 'conversationId', shape: conversation, read: readConversation };
const rows: Record<HookKind, Row> = {
  message_added: message,
  message_changed: message,
  delivery_changed: {
    noun: 'delivery',
    id: 'deliveryId',
    shape: Delivery,
    read: async (trx, id) => (await readDelivery(trx, id)).delivery,
  },
  campaign_changed: { noun: 'campaign', id: 'campaignId', shape: shapeOf(contract.readCampaign), read: readCampaign },
  conversation_changed: talk,
  sla_breached: talk,
  conversation_given: talk,
  contact_changed: { noun: 'contact', id: 'contactId', shape: shapeOf(contract.readContact), read: readContact },
  account_changed: account,
  profile_changed: { noun: 'profile', id: 'profileId', shape: shapeOf(contract.readProfile), read: readProfile },
  platform_connected: account,
  platform_disconnected: account,
  sync_completed: account,
  operators_warned: account,
  admins_warned: account,
  list_changed: { noun: 'list', id: 'listId', shape: shapeOf(contract.readList), read: readList },
  import_changed: { noun: 'import', id: 'importId', shape: shapeOf(contract.readImport), read: readImport },
  template_changed: { noun: 'template', id: 'templateId', shape: shapeOf(contract.readTemplate), read: readTemplate },
  // With the message that it fired on, where there is one.
  rule_fired: { ...message, read: async (trx, id) => (id === '' ? null : readListedMessage(trx, id)) },
  workspace_changed: { noun: 'workspace', id: '', shape: shapeOf(contract.readWorkspace), read: readWorkspace },
};

/**
 * What is posted: what happened, when, and to which row, as it stands now. It is read anew for each try, so nothing of a person lies in a post that
 * waits, and who is erased is erased there too. A row that is gone meanwhile is null.
 */
export async function writeHookBody(trx: Trx, post: HeldPost, place: { workspaceId: string; now: Date }): Promise<string> {
  const head = { type: post.kind, timestamp: post.happenedAt.toISOString(), workspaceId: place.workspaceId, sequence: post.number };
  if (post.kind === testKind) return JSON.stringify({ ...head, data: { text: 'Patchbay reaches this address.' } });
  const row = rows[post.kind as HookKind]; // A hook names none but these.
  const found = await row.read(trx, String(post.subject[row.id] ?? ''), place.now).catch((error: unknown) => {
    if (asFailure(error).code === 'not_found') return null;
    throw error;
  });
  return JSON.stringify({ ...head, data: { ...post.subject, [row.noun]: found === null ? null : row.shape.parse(found) } });
}
