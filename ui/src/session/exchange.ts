import type { Exchange } from '#core/api/client.ts';

type Keeper = { token(): Promise<string | null>; renew(stale: string | null): Promise<string | null> };

/** Sends with the access token; after a 401 it renews the token and tries once more. */
export function createExchange(keeper: Keeper): Exchange {
  return async (request) => {
    const token = await keeper.token();
    const response = await sendAs(token, request);
    if (response.status !== 401) return response;
    const fresh = await keeper.renew(token);
    return fresh ? sendAs(fresh, request) : response;
  };
}

export const sendOpenly: Exchange = (request) => sendAs(null, request);

function sendAs(token: string | null, { url, headers, ...rest }: Parameters<Exchange>[0]): Promise<Response> {
  return fetch(url, { ...rest, credentials: 'same-origin', headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers });
}
