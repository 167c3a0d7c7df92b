import { type Client, createClient } from '#core/api/client.ts';

/** A signed-in client of the product, as the dashboard or a script would have. Signs in again when the short token has run out. */
export async function signUp(
  url: string,
  person: { email: string; password: string; name: string; workspace: string; zone: string },
): Promise<Client> {
  let token = '';
  const client = createClient(url, async (request) => {
    const send = () =>
      fetch(request.url, {
        method: request.method,
        body: request.body,
        headers: { ...request.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
        signal: request.signal,
      });
    const response = await send();
    if (response.status !== 401 || request.url.endsWith('/auth/login')) return response;
    token = (await client.login({ body: { email: person.email, password: person.password } })).accessToken;
    return send();
  });
  token = (await client.register({ body: person })).accessToken;
  return client;
}
