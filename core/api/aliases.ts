import type { Contract } from './contract.ts';
import type { Method } from './endpoint.ts';

/** How the words of a document become those of the contract; the server holds a function for each. */
export type AliasWords =
  | 'sign_in'
  | 'refresh'
  | 'no_body'
  | 'login_start'
  | 'profile_by_phone'
  | 'profile_by_name'
  | 'receiver'
  | 'preview'
  | 'test_mail'
  | 'whatsapp'
  | 'threads'
  | 'chat_send'
  | 'chat_history';
export type Alias = {
  seed: 0 | 1 | 2 | 3 | 4;
  method: Method;
  path: string;
  to: keyof Contract;
  words?: AliasWords;
  /** Without this in the query the path is the contract's own, and leads there. */
  without?: { name: string; to: keyof Contract };
};

function at(seed: Alias['seed'], line: `${Method} /${string}`, to: keyof Contract, words?: AliasWords): Alias {
  const [method, path = ''] = line.split(' ');
  return { seed, method: method as Method, path, to, words }; // The line's type begins with a method.
}

/**
 * Paths of the documents that Patchbay grew from, each an endpoint of ours: as written there, and under /api. What is the contract's own
 * path under /api stands here too where the document sends other fields to it.
 */
export const aliases: readonly Alias[] = [
  at(0, 'GET /profiles', 'listProfiles'),
  at(0, 'POST /profiles', 'addProfile'),
  at(0, 'GET /profiles/:id', 'readProfile'),
  at(0, 'PUT /profiles/:id', 'changeProfile'),
  at(0, 'DELETE /profiles/:id', 'removeProfile'),
  at(0, 'GET /templates', 'listTemplates'),
  at(0, 'POST /templates', 'addTemplate'),
  at(0, 'POST /templates/preview', 'previewTemplate', 'preview'),
  at(0, 'GET /templates/:id', 'readTemplate'),
  at(0, 'PUT /templates/:id', 'changeTemplate'),
  at(0, 'DELETE /templates/:id', 'removeTemplate'),
  at(0, 'GET /lists', 'listLists'),
  at(0, 'POST /lists', 'addList'),
  at(0, 'GET /lists/:id', 'readList'),
  at(0, 'DELETE /lists/:id', 'removeList'),
  at(0, 'GET /logs', 'listLogs'),
  at(0, 'POST /test-email', 'sendTestMail', 'test_mail'),
  at(0, 'POST /telegram/login', 'loginByCode', 'login_start'),

  at(1, 'POST /auth/register', 'register'),
  at(1, 'POST /auth/login', 'login', 'sign_in'),
  at(1, 'POST /auth/logout', 'logout', 'no_body'),
  at(1, 'POST /auth/refresh', 'refresh', 'refresh'),
  at(1, 'GET /auth/me', 'me'),
  at(1, 'GET /platforms', 'listPlatforms'),
  at(1, 'POST /platforms/instagram/connect', 'connectInstagram'),
  at(1, 'POST /platforms/messenger/connect', 'connectMessenger'),
  at(1, 'POST /platforms/whatsapp/connect', 'connectWhatsapp', 'whatsapp'),
  at(1, 'DELETE /platforms/:id', 'disconnectPlatform'),
  at(1, 'POST /platforms/:id/sync', 'syncPlatform'),
  at(1, 'GET /messages', 'findMessages'),
  at(1, 'GET /messages/:id', 'readMessage'),
  at(1, 'POST /messages', 'sendMessage'),
  at(1, 'PATCH /messages/:id/read', 'markMessageRead', 'no_body'),
  at(1, 'GET /conversations', 'listConversations'),
  at(1, 'GET /conversations/:id/messages', 'listMessages'),

  at(2, 'GET /health', 'readHealth'),
  at(2, 'POST /refresh', 'refresh', 'refresh'),
  at(2, 'POST /logout', 'logout', 'no_body'),
  at(2, 'POST /profiles/start', 'loginByCode', 'login_start'),
  at(2, 'POST /profiles/code', 'loginByCode', 'profile_by_phone'),
  at(2, 'POST /profiles/password', 'loginByPassword', 'profile_by_phone'),
  { ...at(2, 'GET /messages/unread', 'readUnread', 'profile_by_phone'), without: { name: 'phone', to: 'listUnreadMessages' } },
  at(2, 'POST /messages/unread', 'readUnread', 'profile_by_phone'),
  at(2, 'POST /messages/dialogs', 'readDialogs', 'profile_by_phone'),
  at(2, 'POST /messages/send', 'sendFromProfile', 'receiver'),
  at(2, 'GET /utils/me', 'readMe', 'profile_by_phone'),

  at(3, 'POST /broadcast/campaign', 'addCampaign'),
  at(3, 'POST /broadcast/campaign/:id/start', 'startCampaign'),
  at(3, 'DELETE /broadcast/campaign/:id', 'removeCampaign'),
  at(3, 'GET /broadcast/logs', 'listLogs'),
  at(3, 'GET /chat/threads', 'listConversations', 'threads'),
  at(3, 'POST /chat/send', 'sendMessage', 'chat_send'),
  at(3, 'GET /chat/history', 'findMessages', 'chat_history'),
  at(3, 'GET /chat/message/:id', 'readMessage'),

  at(4, 'POST /sessions/:id/connect', 'loginByQr', 'profile_by_name'),
  at(4, 'POST /blasts', 'addBlast'),
  at(4, 'GET /campaigns/recipients', 'recipientsOf'),
];
