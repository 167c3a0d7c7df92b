import { newHookSecret } from '#channels/hook-signature.ts';
import { listEvents } from '#sql/events.ts';
import { addTestPost, listHookPosts, readHookPost, replayHookPosts } from '#sql/hook-posts.ts';
import { addHook, changeHook, listHooks, readHook, removeHook, type SealedHeaders } from '#sql/hooks.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';

export type HookParts = { sealer: Sealer; now: () => Date };

export const hooksHandlers = ({ sealer, now }: HookParts) => {
  const sealHeaders = (headers: Record<string, string>): SealedHeaders => {
    const names = Object.keys(headers);
    return { names, sealed: names.length > 0 ? sealer.seal(JSON.stringify(headers)) : null };
  };
  return {
    listHooks: ({ transaction }) => transaction(async (trx) => ({ rows: await listHooks(trx) })),
    readHook: ({ params, transaction }) => transaction((trx) => readHook(trx, params.id)),
    async addHook({ body, caller, transaction }) {
      const secret = newHookSecret();
      const hook = { ...body, headers: sealHeaders(body.headers), sealedSecret: sealer.seal(secret) };
      return { ...(await transaction((trx) => addHook(trx, caller.workspaceId, hook))), secret };
    },
    changeHook: ({ params, body: { headers, ...change }, caller, transaction }) =>
      transaction((trx) => {
        const place = { workspaceId: caller.workspaceId, hookId: params.id };
        return changeHook(trx, place, { ...change, ...(headers && { headers: sealHeaders(headers) }) });
      }),
    async renewHookSecret({ params, caller, transaction }) {
      const secret = newHookSecret();
      const place = { workspaceId: caller.workspaceId, hookId: params.id };
      return { ...(await transaction((trx) => changeHook(trx, place, { sealedSecret: sealer.seal(secret) }))), secret };
    },
    async removeHook({ params, caller, transaction }) {
      await transaction((trx) => removeHook(trx, { workspaceId: caller.workspaceId, hookId: params.id }));
      return null;
    },
    testHook: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await readHook(trx, params.id);
        return readHookPost(trx, await addTestPost(trx, { workspaceId: caller.workspaceId, hookId: params.id }, now()));
      }),
    listHookPosts: ({ query: { cursor, limit, ...filter }, transaction }) => transaction((trx) => listHookPosts(trx, filter, { cursor, limit })),
    readHookPost: ({ params, transaction }) => transaction((trx) => readHookPost(trx, params.id)),
    replayHookPosts: ({ body, transaction }) => transaction(async (trx) => ({ replayed: await replayHookPosts(trx, body, now()) })),
    listEvents: ({ query: { cursor, limit, ...filter }, transaction }) => transaction((trx) => listEvents(trx, filter, { cursor, limit })),
  } satisfies Partial<Handlers>;
};
