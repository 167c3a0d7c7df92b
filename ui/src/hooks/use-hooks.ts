import { onScopeDispose } from 'vue';
import type { z } from 'zod';
import type { Hook as HookShape, HookPostState as PostStateShape } from '#core/api/hooks.ts';
import type { HookKind } from '#core/hooks.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type Hook = z.output<typeof HookShape>;
export type PostState = z.output<typeof PostStateShape>;
export type HookValues = { name: string; url: string; kinds: HookKind[]; accountIds: string[]; headers: string; keepsOrder: boolean; isOn: boolean };
export type PostFilter = { hookId: string | null; state: PostState | 'all'; kind: string | null };

/** What becomes of posts is no event itself. */
const lookEveryMs = 3000;

export function useHooks() {
  const client = useClient();
  return useLoaded((signal) => client.listHooks({}, signal), { on: (event) => event.kind === 'hook_changed' });
}

export function valuesOf(hook: Hook | null): HookValues {
  const usual: HookKind[] = ['message_added', 'delivery_changed', 'campaign_changed', 'conversation_changed', 'profile_changed', 'contact_changed'];
  return {
    name: hook?.name ?? '',
    url: hook?.url ?? '',
    kinds: hook?.kinds ?? usual,
    accountIds: hook?.accountIds ?? [],
    headers: '',
    keepsOrder: hook?.keepsOrder ?? false,
    isOn: hook?.isOn ?? true,
  };
}

/** A line for each header: `Name: value`. */
export function headersIn(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.trim(), value.join(':').trim()];
    }),
  );
}

export function useHookActs() {
  const client = useClient();
  return {
    /** The secret where one was made. Headers that are left empty stay as they were. */
    async save(hook: Hook | null, { headers, ...values }: HookValues): Promise<string | null> {
      const own = headers.trim() === '' ? {} : { headers: headersIn(headers) };
      if (!hook) return (await client.addHook({ body: { ...values, ...own } })).secret;
      await client.changeHook({ params: { id: hook.id }, body: { ...values, ...own } });
      return null;
    },
    renew: async (id: string) => (await client.renewHookSecret({ params: { id } })).secret,
    remove: (id: string) => client.removeHook({ params: { id } }),
    test: (id: string) => client.testHook({ params: { id } }),
    replayOne: (id: string) => client.replayHookPosts({ body: { ids: [id] } }),
    replayDead: (hookId: string) => client.replayHookPosts({ body: { hookId, state: 'dead' } }),
    replayTime: (hookId: string, from: string, to: string) => client.replayHookPosts({ body: { hookId, from, to } }),
  };
}

export function useHookPosts(filter: () => PostFilter) {
  const client = useClient();
  const pages = usePages(
    ({ cursor, limit }, signal) => {
      const { hookId, state, kind } = filter();
      const query = {
        limit,
        ...(cursor ? { cursor } : {}),
        ...(hookId ? { hookId } : {}),
        ...(state === 'all' ? {} : { state }),
        ...(kind ? { kind } : {}),
      };
      return client.listHookPosts({ query }, signal);
    },
    { key: filter },
  );
  lookAgain(pages.reload);
  return pages;
}

export function useHookPost(id: () => string) {
  const client = useClient();
  const loading = useLoaded((signal) => client.readHookPost({ params: { id: id() } }, signal), { key: id });
  lookAgain(loading.reload);
  return loading;
}

export function useEvents(kind: () => string | null) {
  const client = useClient();
  return usePages(
    ({ cursor, limit }, signal) => {
      const only = kind();
      return client.listEvents({ query: { limit, ...(cursor ? { cursor } : {}), ...(only ? { kind: only } : {}) } }, signal);
    },
    { key: kind, on: () => true },
  );
}

function lookAgain(reload: () => Promise<void>): void {
  const timer = setInterval(() => void (document.hidden || reload()), lookEveryMs); // void: reload keeps its own failure.
  onScopeDispose(() => clearInterval(timer));
}
