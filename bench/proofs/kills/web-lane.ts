import { until } from '#bin/demo/until.ts';
import { type Lane, patiently } from './lane.ts';
import { points } from './point.ts';
import type { Stage } from './stage.ts';
import type { WebLab } from './web-lab.ts';

/** Deliveries that wait while kills go on. */
const ahead = 3;

/** Adds a profile of this pack and signs it in. */
export async function addWebLane(stage: Stage, pack: string, webLab: WebLab): Promise<Lane> {
  const { client, lab, signal } = stage;
  const { id: accountId } = await client.addProfile({ body: { channel: pack, name: pack, baseUrl: webLab.url(lab) } });
  const params = { id: accountId };
  await webLab.signIn(stage, accountId);
  // Until its session is kept, a browser that is killed may lose its login: that is what the proof of a send does not ask about.
  const isKept = async () => (await client.readProfile({ params })).kept !== null;
  await until(`The login of ${pack} to be kept`, isKept, { seconds: 180, signal });
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
