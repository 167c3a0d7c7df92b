type Step = { ok: boolean; hasImage: boolean };

/** Which step is worth the first look: the one that failed, else the last picture. */
export function firstShown(steps: readonly Step[]): number {
  const failed = steps.findIndex((step) => !step.ok);
  return failed >= 0 ? failed : Math.max(0, lastImage(steps, steps.length - 1) ?? 0);
}

/** The last step up to this one that has a picture; null when there is none. */
export function lastImage(steps: readonly Step[], upTo: number): number | null {
  const index = steps.findLastIndex((step, at) => step.hasImage && at <= upTo);
  return index >= 0 ? index : null;
}

/** The name of a step, such as `openGroup/click:results`, in its parts: the flows around it, what it does, and on what. */
export function partsOf(name: string): { within: string[]; kind: string; subject: string } {
  const within = name.split('/');
  const [kind = '', ...subject] = (within.pop() ?? '').split(':');
  return { within, kind, subject: subject.join(':') };
}
