import { type InjectionKey, inject } from 'vue';
import type { Client } from '#core/api/client.ts';

export const clientKey: InjectionKey<Client> = Symbol('client');

/** The typed client that main.ts has made. */
export function useClient(): Client {
  const client = inject(clientKey);
  if (!client) throw new Error('The client is provided by main.ts.');
  return client;
}
