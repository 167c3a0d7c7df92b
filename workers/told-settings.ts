import { once } from 'node:events';
import { z } from 'zod';

/** The argument that says that the settings come by a message and not by the environment: the worker loads its modules meanwhile. */
export const settingsFollow = '--settings-follow';
const Told = z.object({ is: z.literal('settings'), env: z.record(z.string(), z.string().optional()) });

/** The settings that the process which launched this worker gives it. When that one ends first, so does this one. */
export async function toldSettings(): Promise<Record<string, string | undefined>> {
  const end = () => process.exit(0);
  process.once('disconnect', end);
  const [message] = await once(process, 'message');
  process.off('disconnect', end);
  return Told.parse(message).env;
}
