import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import type { Conversation as ConversationShape, Message as MessageShape } from '#core/api/inbox.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type Conversation = z.output<typeof ConversationShape>;
export type Message = z.output<typeof MessageShape>;
export type Media = NonNullable<Message['media']>;
export type Quoted = NonNullable<Message['replyTo']>;
type Reply = NonNullable<Parameters<Client['replyTo']>[0]>['body'];
export type Shown = 'all' | 'unread' | 'archived';
type Filter = { shown: Shown; channel: string; search: string };

const conversationEvents = new Set<string>(['conversation_changed', 'message_added', 'message_changed']);

export function useConversations(filter: () => Filter) {
  const client = useClient();
  return usePages<Conversation>(
    (ask, signal) => {
      const { shown, channel, search } = filter();
      const query = { ...ask, channel: channel === 'all' ? undefined : channel, search: search || undefined };
      // Query strings carry booleans as words; archived ones are shown only when asked for.
      const unread = shown === 'unread' ? ('true' as const) : undefined;
      return client.listConversations({ query: { ...query, unread, archived: shown === 'archived' ? 'true' : 'false' } }, signal);
    },
    { on: (event) => conversationEvents.has(event.kind), key: () => JSON.stringify(filter()) },
  );
}

export function useConversation(id: () => string) {
  const client = useClient();
  return useLoaded<Conversation>((signal) => client.readConversation({ params: { id: id() } }, signal), {
    on: (event) => (event.kind === 'conversation_changed' || event.kind === 'message_added') && event.conversationId === id(),
    key: id,
  });
}

export function useThread(id: () => string) {
  const client = useClient();
  return usePages<Message>((ask, signal) => client.listMessages({ params: { id: id() }, query: ask }, signal), {
    on: (event) =>
      (event.kind === 'message_added' || event.kind === 'message_changed' || event.kind === 'delivery_changed') && event.conversationId === id(),
    key: id,
  });
}

export function useInboxActs() {
  const client = useClient();
  const params = (id: string) => ({ params: { id } });
  return {
    reply: (id: string, body: Reply) => client.replyTo({ ...params(id), body }),
    markRead: (id: string) => client.markRead(params(id)),
    archive: (id: string, archived: boolean) => client.archiveConversation({ ...params(id), body: { archived } }),
    fetchNow: (id: string) => client.readConversationNow(params(id)),
  };
}
