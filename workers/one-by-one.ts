import { Line } from '#browser-profiles/line.ts';

const never = new AbortController().signal;

/** Does what is asked about one profile in the order of asking. Two transactions at once may commit the other way round. */
export function oneByOne(): <T>(profileId: string, work: () => Promise<T>) => Promise<T> {
  const lines = new Map<string, Line>();
  return async (profileId, work) => {
    const line = lines.get(profileId) ?? new Line();
    lines.set(profileId, line);
    try {
      return await line.run(work, never);
    } finally {
      if (line.isEmpty) lines.delete(profileId);
    }
  };
}
