import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';
import { signUp } from './http-client.ts';
import { settlePeople } from './people.ts';
import { type Seeded, seedWorkspace } from './seed.ts';
import { signInProfiles } from './sign-in-profiles.ts';

export const demoPerson = {
  email: 'demo@patchbay.test',
  password: 'patchbay-demo-2026',
  name: 'Dana Demo',
  workspace: 'Demo shop',
  zone: 'Europe/Berlin',
};

type Ask = { url: string; lab: Lab; say: (line: string) => void; signal: AbortSignal; person?: { email: string; password: string } };

/** From an empty product to the demo's running campaign: people at the stand-ins, the workspace, profiles that are logged in. */
export async function beginDemo({ url, lab, say, signal, person }: Ask): Promise<{ client: Client; seeded: Seeded }> {
  settlePeople(lab);
  const client = await signUp(url, { ...demoPerson, ...person });
  const context = { client, lab, say, signal };
  const seeded = await seedWorkspace(context);
  await signInProfiles(context, seeded);
  await client.startCampaign({ params: { id: seeded.campaignId } });
  return { client, seeded };
}
