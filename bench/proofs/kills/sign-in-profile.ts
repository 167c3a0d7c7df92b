import { until } from '#bin/demo/until.ts';
import type { Stage } from './stage.ts';
import type { WebLab } from './web-lab.ts';

/** Adds a profile of this pack, signs it in, and waits until its session is kept; its id. */
export async function signInProfile(stage: Stage, pack: string, webLab: WebLab): Promise<string> {
  const { client, lab, signal } = stage;
  const { id } = await client.addProfile({ body: { channel: pack, name: pack, baseUrl: webLab.url(lab) } });
  await webLab.signIn(stage, id);
  // Until its session is kept, a browser that is killed may lose its login: that is what the proof of a send does not ask about.
  const isKept = async () => (await client.readProfile({ params: { id } })).kept !== null;
  await until(`The login of ${pack} to be kept`, isKept, { seconds: 180, signal });
  return id;
}
