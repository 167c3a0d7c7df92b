import { computed } from 'vue';
import type { z } from 'zod';
import type { LineProblem, Mismatch as MismatchShape, ProxyPool as PoolShape, ProxyRow as ProxyShape } from '#core/api/proxies.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useWording } from '#ui/wording/use-wording.ts';

export type ProxyRow = z.output<typeof ProxyShape>;
export type ProxyPool = z.output<typeof PoolShape>;
export type Mismatch = z.output<typeof MismatchShape>;
export type PastedLine = { line: number; address: string; name: string | null; problem: z.output<typeof LineProblem> | null };

export function useProxies() {
  const client = useClient();
  return useLoaded((signal) => client.listProxies({}, signal), {
    on: (event) => ['proxy_changed', 'proxy_pool_changed', 'profiles_listed', 'profile_changed'].includes(event.kind),
  });
}

export function usePools() {
  const client = useClient();
  return useLoaded((signal) => client.listProxyPools({}, signal), {
    on: (event) => ['proxy_changed', 'proxy_pool_changed', 'profiles_listed'].includes(event.kind),
  });
}

/** Pools to choose from, and none. */
export function usePoolOptions() {
  const { t } = useWording();
  const { loaded } = usePools();
  return computed(() => [
    { label: t('proxies.no_pool'), value: null },
    ...(loaded.value.is === 'ready' ? loaded.value.value.rows : []).map((pool) => ({ label: pool.name, value: pool.id })),
  ]);
}

export const proxyKinds = [
  { label: 'HTTP', value: 'http' as const },
  { label: 'HTTPS', value: 'https' as const },
  { label: 'SOCKS5', value: 'socks5h' as const },
];

export type ProxyValues = {
  name: string;
  kind: ProxyRow['kind'];
  host: string;
  port: number | null;
  username: string;
  password: string;
  poolId: string | null;
};

export function valuesOf(proxy: ProxyRow | null): ProxyValues {
  if (!proxy) return { name: '', kind: 'http', host: '', port: 8080, username: '', password: '', poolId: null };
  const { name, kind, host, port, username, poolId } = proxy;
  return { name, kind, host, port, username: username ?? '', password: '', poolId };
}

/** An empty password keeps the stored one; an empty user name takes both away. */
function bodyOf(values: ProxyValues) {
  const username = values.username.trim();
  const { name, kind, host, poolId } = values;
  const password = username === '' ? null : values.password || undefined;
  return { name, kind, host, port: values.port ?? 0, username: username === '' ? null : username, password, poolId };
}

/** Only what differs: a new pool moves profiles, and another address makes all that was learned meaningless. */
function changesOf(proxy: ProxyRow, values: ProxyValues) {
  const body = bodyOf(values);
  const before: Record<string, unknown> = { ...bodyOf(valuesOf(proxy)), password: undefined };
  return Object.fromEntries(
    Object.entries(body).filter(([field, value]) => value !== before[field] && !(field === 'password' && !proxy.hasPassword && !value)),
  );
}

export function useProxyActs() {
  const client = useClient();
  return {
    save: (proxy: ProxyRow | null, values: ProxyValues) =>
      proxy ? client.changeProxy({ params: { id: proxy.id }, body: changesOf(proxy, values) }) : client.addProxy({ body: bodyOf(values) }),
    /** Before it is saved; an empty password stands for the stored one. */
    tryOut: (proxy: ProxyRow | null, values: ProxyValues) => {
      const { name: _name, poolId: _poolId, ...place } = bodyOf(values);
      return client.tryProxy({ body: { ...place, proxyId: proxy?.id ?? null } });
    },
    remove: (id: string) => client.removeProxy({ params: { id } }),
    check: (id: string) => client.checkProxy({ params: { id } }),
    checkAll: () => client.checkProxies({}),
    paste: (body: { text: string; kind: ProxyRow['kind']; poolId: string | null; take: 'look' | 'good' }) => client.importProxies({ body }),
    addPool: (name: string) => client.addProxyPool({ body: { name } }),
    removePool: (id: string) => client.removeProxyPool({ params: { id } }),
  };
}

/** A country by its name in the language that was chosen. */
export function useMismatchWords() {
  const { t, locale } = useWording();
  const country = (code: string) => new Intl.DisplayNames([locale.value], { type: 'region' }).of(code) ?? code;
  const sentence = (mismatch: Mismatch) => {
    if (mismatch.zone && mismatch.locale) return t('proxies.mismatch_both', { country: country(mismatch.country) });
    return t(mismatch.zone ? 'proxies.mismatch_zone' : 'proxies.mismatch_locale', { country: country(mismatch.country) });
  };
  return { country, sentence };
}
