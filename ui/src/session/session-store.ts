import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { z } from 'zod';
import type { Me as MeShape, Tokens as TokensShape } from '#core/api/auth.ts';
import { createClient } from '#core/api/client.ts';
import { Failure } from '#core/failure.ts';
import type { Permission } from '#core/permission.ts';
import { createExchange, sendOpenly } from './exchange.ts';

export type Me = z.output<typeof MeShape>;
type Tokens = z.output<typeof TokensShape>;
type SignIn = { email: string; password: string };
type Register = SignIn & { name: string; workspace: string | undefined };

/** Renewed this long before it ends, so that a request under way does not outlive it. */
const spareMs = 30_000;
/** Says to other tabs, and to the next visit, that there is a refresh cookie worth trying. */
const marker = 'patchbay.session';

let queue: Promise<unknown> = Promise.resolve();

/** Over all tabs; on a plain http address of a local network, where browsers offer no locks, within this tab. */
function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  if (navigator.locks) return navigator.locks.request('patchbay.refresh', work);
  const turn = queue.then(work);
  queue = turn.catch(() => null);
  return turn;
}

/** Who is signed in. The access token lives in this closure alone; the refresh token is an httpOnly cookie that no script can read. */
export const useSession = defineStore('session', () => {
  const open = createClient('', sendOpenly);
  const person = shallowRef<Me | null>(null);
  const hasEnded = ref(false);
  let access: { token: string; until: number } | null = null;

  function keep(tokens: Tokens): string {
    access = { token: tokens.accessToken, until: Date.parse(tokens.accessExpiresAt) };
    person.value = tokens.person;
    hasEnded.value = false;
    localStorage.setItem(marker, tokens.person.id);
    return tokens.accessToken;
  }

  function drop(): void {
    access = null;
    person.value = null;
    localStorage.removeItem(marker);
  }

  /** One renewal at a time over all tabs: a refresh token that is used twice ends the whole session. */
  function renew(stale: string | null): Promise<string | null> {
    return oneAtATime(async () => {
      if (access && access.token !== stale) return access.token;
      if (!localStorage.getItem(marker)) return null;
      try {
        return keep(await open.refresh({ body: { keep: 'cookie' } }));
      } catch (error) {
        if (!(error instanceof Failure) || error.status !== 401) throw error;
        hasEnded.value = person.value !== null;
        drop();
        return null;
      }
    });
  }

  async function token(): Promise<string | null> {
    if (!access) return localStorage.getItem(marker) ? renew(null) : null;
    return Date.now() < access.until - spareMs ? access.token : renew(access.token);
  }

  async function start(): Promise<void> {
    // Without an answer of the server the sign-in page opens, which says so when it is used.
    await token().catch(() => null);
    addEventListener('storage', (event) => {
      if (event.key === marker && event.newValue === null) drop();
    });
  }

  async function signIn(body: SignIn): Promise<void> {
    keep(await open.login({ body: { ...body, keep: 'cookie' } }));
  }

  async function register(body: Register): Promise<void> {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    keep(await open.register({ body: { ...body, zone, keep: 'cookie' } }));
  }

  async function signOut(): Promise<void> {
    const signed = createClient('', createExchange({ token, renew }));
    try {
      await signed.logout();
    } finally {
      drop();
    }
  }

  const permissions = computed(() => new Set<string>(person.value?.permissions));
  const may = (permission: Permission): boolean => permissions.value.has(permission);

  return { person, hasEnded, start, token, renew, signIn, register, signOut, may };
});
