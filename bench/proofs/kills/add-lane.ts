import type { Lane } from './lane.ts';
import { addMailLane } from './mail-lane.ts';
import type { Stage } from './stage.ts';
import { webLabs } from './web-lab.ts';
import { addWebLane } from './web-lane.ts';

export const lanes = [...Object.keys(webLabs), 'mail'];

/** Adds an account of this pack and signs it in. */
export async function addLane(stage: Stage, pack: string): Promise<Lane> {
  const webLab = webLabs[pack];
  return webLab ? addWebLane(stage, pack, webLab) : addMailLane(stage);
}
