import type { z } from 'zod';
import type { ProxyRow as ProxyShape } from '#core/api/proxies.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type ProxyRow = z.output<typeof ProxyShape>;

export function useProxies() {
  const client = useClient();
  return useLoaded((signal) => client.listProxies({}, signal), { on: (event) => event.kind === 'proxy_changed' || event.kind === 'profiles_listed' });
}

export type ProxyValues = { name: string; kind: ProxyRow['kind']; host: string; port: number | null; username: string; password: string };

export function valuesOf(proxy: ProxyRow | null): ProxyValues {
  if (!proxy) return { name: '', kind: 'http', host: '', port: 8080, username: '', password: '' };
  return { name: proxy.name, kind: proxy.kind, host: proxy.host, port: proxy.port, username: proxy.username ?? '', password: '' };
}

/** An empty password keeps the stored one; an empty user name takes both away. */
function bodyOf(values: ProxyValues) {
  const username = values.username.trim();
  const { name, kind, host } = values;
  const password = username === '' ? null : values.password || undefined;
  return { name, kind, host, port: values.port ?? 0, username: username === '' ? null : username, password };
}

export function useProxyActs() {
  const client = useClient();
  return {
    save: (id: string | null, values: ProxyValues) =>
      id ? client.changeProxy({ params: { id }, body: bodyOf(values) }) : client.addProxy({ body: bodyOf(values) }),
    remove: (id: string) => client.removeProxy({ params: { id } }),
    check: (id: string) => client.checkProxy({ params: { id } }),
  };
}
