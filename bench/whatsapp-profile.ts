import { signUp } from '#bin/demo/http-client.ts';
import { shopPhones } from '#bin/demo/people.ts';
import { signInProfiles } from '#bin/demo/sign-in-profiles.ts';
import type { Product } from '#bin/product.ts';
import type { Lab } from '#lab/start.ts';

type Ask = { product: Product; lab: Lab; signal: AbortSignal };
const person = { email: 'bench@patchbay.test', password: 'bench-of-each-frame', name: 'Bench', workspace: 'Bench', zone: 'UTC' };

/** A WhatsApp-like profile that is paired and shows its chats; the token is one of the person who may watch it. */
export async function prepareProfile({ product, lab, signal }: Ask): Promise<{ profileId: string; number: string; token: string }> {
  const client = await signUp(product.url, person);
  const profile = await client.addProfile({ body: { channel: 'whatsapp-web', name: 'one', baseUrl: lab.whatsapp.url } });
  const seeded = { profileIds: [profile.id], converseId: null, mailId: '', campaignId: '', listId: '', rejected: 0 };
  await signInProfiles({ client, lab, say: () => undefined, signal }, seeded);
  const { accessToken } = await client.login({ body: { email: person.email, password: person.password } });
  return { profileId: profile.id, number: shopPhones[0].number, token: accessToken };
}
