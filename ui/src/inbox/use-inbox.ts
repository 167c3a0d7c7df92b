import { computed } from 'vue';
import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import type { Note as NoteShape } from '#core/api/desk.ts';
import type { Conversation as ConversationShape, InboxCounts as CountsShape, Message as MessageShape } from '#core/api/inbox.ts';
import type { Label as LabelShape } from '#core/api/labels.ts';
import type { ConversationState, InboxView, Priority } from '#core/conversation.ts';
import { useClient } from '#ui/connection/client.ts';
import { type Loaded, useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';
import type { Draft } from './drafts.ts';

export type Conversation = z.output<typeof ConversationShape>;
export type Message = z.output<typeof MessageShape>;
export type Media = NonNullable<Message['media']>;
export type Quoted = NonNullable<Message['replyTo']>;
type Reply = NonNullable<Parameters<Client['replyTo']>[0]>['body'];
export type InboxCounts = z.output<typeof CountsShape>;
type FoundMessage = Awaited<ReturnType<Client['searchMessages']>>['rows'][number];
export type Note = z.output<typeof NoteShape>;
export type Label = z.output<typeof LabelShape>;
export type ConversationChange = NonNullable<Parameters<Client['changeConversation']>[0]>['body'];
/** What the address bar says of the list, in the words of the contract; `any` is every state but the archive. */
export type InboxFilter = {
  view: InboxView;
  state: ConversationState | 'any';
  channel: string;
  accountId: string;
  labelId: string;
  teamId: string;
  personId: string;
  priority: Priority | 'any';
  unread: boolean;
  days: string;
  due: 'soon' | 'late' | 'any';
  search: string;
};

export const conversationEvents = new Set<string>(['conversation_changed', 'message_added', 'message_changed', 'label_changed', 'team_changed']);

const dayMs = 86_400_000;
const given = <T extends string>(value: T, nothing: string) => (value === nothing ? undefined : (value as Exclude<T, 'any' | 'all'>)); // Just told apart.

/** The filter in the words of the contract; what is not chosen is left out. */
export function filterOf({ view, state, channel, accountId, labelId, teamId, personId, priority, unread, days, due, search }: InboxFilter) {
  const chosen = { accountId: accountId || undefined, labelId: labelId || undefined, teamId: teamId || undefined, assignedTo: personId || undefined };
  const since = days ? new Date(Date.now() - Number(days) * dayMs).toISOString() : undefined;
  const words = {
    view: given(view, 'all'),
    state: given(state, 'any'),
    channel: given(channel, 'all'),
    priority: given(priority, 'any'),
    due: given(due, 'any'),
  };
  return { ...words, ...chosen, search: search || undefined, unread: unread || undefined, since };
}

export function useConversations(filter: () => InboxFilter) {
  const client = useClient();
  return usePages<Conversation>(
    (ask, signal) => {
      const { unread, ...rest } = filterOf(filter());
      // Query strings carry booleans as words.
      return client.listConversations({ query: { ...ask, ...rest, ...(unread && { unread: 'true' as const }) } }, signal);
    },
    { on: (event) => conversationEvents.has(event.kind), key: () => JSON.stringify(filter()) },
  );
}

export function useInboxCounts() {
  const client = useClient();
  return useLoaded<InboxCounts>((signal) => client.readInboxCounts({}, signal), { on: (event) => conversationEvents.has(event.kind) });
}

/** Whom and what conversations are given: people, teams and labels. */
export function useInboxWords() {
  const client = useClient();
  const people = useLoaded((signal) => client.listAssignees({}, signal));
  const teams = useLoaded((signal) => client.listTeams({}, signal), { on: (event) => event.kind === 'team_changed' });
  const labels = useLoaded((signal) => client.listLabels({}, signal), { on: (event) => event.kind === 'label_changed' });
  const rowsOf = <T>(loaded: Loaded<{ rows: T[] }>): T[] => (loaded.is === 'ready' ? loaded.value.rows : []);
  return {
    people: computed(() => rowsOf(people.loaded.value)),
    teams: computed(() => rowsOf(teams.loaded.value)),
    labels: computed(() => rowsOf(labels.loaded.value)),
    addLabel: (name: string) => client.addLabel({ body: { name } }),
  };
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

/** Messages that hold these words. They are asked for when somebody pauses. */
export function useFoundMessages(words: () => string) {
  const client = useClient();
  return usePages<FoundMessage>(
    (ask, signal) =>
      words().length < 2 ? Promise.resolve({ rows: [], next: null }) : client.searchMessages({ query: { ...ask, q: words() } }, signal),
    { key: words, pageSize: 20 },
  );
}

export function useNotes(id: () => string) {
  const client = useClient();
  const { loaded } = useLoaded((signal) => client.listNotes({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'conversation_changed' && event.conversationId === id(),
    key: id,
  });
  return computed(() => (loaded.value.is === 'ready' ? loaded.value.value.rows : []));
}

/** Filled in for the person of this conversation. */
export function useCanned(id: () => string) {
  const client = useClient();
  const { loaded } = useLoaded((signal) => client.listCannedFor({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'canned_answer_changed',
    key: id,
  });
  return computed(() => (loaded.value.is === 'ready' ? loaded.value.value.rows : []));
}

export function useSavedViews() {
  const client = useClient();
  const { loaded } = useLoaded((signal) => client.listSavedViews({}, signal), { on: (event) => event.kind === 'saved_view_changed' });
  return {
    views: computed(() => (loaded.value.is === 'ready' ? loaded.value.value.rows : [])),
    save: (name: string, filter: Record<string, string>, isShared: boolean) => client.addSavedView({ body: { name, filter, isShared } }),
    remove: (id: string) => client.removeSavedView({ params: { id } }),
  };
}

export function useInboxActs() {
  const client = useClient();
  const params = (id: string) => ({ params: { id } });
  return {
    reply: (id: string, body: Reply) => client.replyTo({ ...params(id), body }),
    markRead: (id: string) => client.markRead(params(id)),
    change: (id: string, body: ConversationChange) => client.changeConversation({ ...params(id), body }),
    addNote: (id: string, text: string) => client.addNote({ ...params(id), body: { text } }),
    readDraft: (id: string) => client.readDraft(params(id)),
    keepDraft: (id: string, body: Draft) => client.keepDraft({ ...params(id), body }),
    cancelMessage: (id: string) => client.cancelMessage(params(id)),
    react: ({ id: messageId, conversationId }: Message, emoji: string) =>
      client.actInConversation({ ...params(conversationId), body: { act: { is: 'react', messageId, emoji } } }),
    fetchNow: (id: string) => client.readConversationNow(params(id)),
  };
}
