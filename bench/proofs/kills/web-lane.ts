import { type Lane, patiently } from './lane.ts';
import { points } from './point.ts';
import { signInProfile } from './sign-in-profile.ts';
import type { Stage } from './stage.ts';
import type { WebLab } from './web-lab.ts';

/** Deliveries that wait while kills go on. */
const ahead = 3;

/** Adds a profile of this pack and signs it in. */
export async function addWebLane(stage: Stage, pack: string, webLab: WebLab): Promise<Lane> {
  const { client, lab } = stage;
  const accountId = await signInProfile(stage, pack, webLab);
  const params = { id: accountId };
  const deliveryOf = new Map<string, string>();
  let count = 0;
  return {
    pack,
    accountId,
    points,
    async fill() {
      const waits = await patiently(stage, () => client.listLogs({ query: { accountId, state: 'planned', limit: ahead } }));
      for (let missing = ahead - waits.rows.length; missing > 0; missing -= 1) {
        count += 1;
        const to = webLab.people[count % webLab.people.length] ?? '';
        const text = `Message ${count}, and only one.`;
        const { deliveryId } = await patiently(stage, () => client.sendFromProfile({ params, body: { to, text, clientKey: `${pack} ${count}` } }));
        deliveryOf.set(text, deliveryId);
      }
    },
    async held() {
      const held = new Map<string, number>();
      for (const text of await webLab.texts(lab)) {
        const id = deliveryOf.get(text) ?? text;
        held.set(id, (held.get(id) ?? 0) + 1);
      }
      return held;
    },
  };
}
