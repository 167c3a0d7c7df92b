import { useWording } from '#ui/wording/use-wording.ts';
import type { Run } from './use-runs.ts';

/** A run in words. Packs may have flows of their own, whose names stay as their authors gave them. */
export function useRunWords() {
  const { t, te, reason, lasting } = useWording();
  const named = (key: string, name: string) => (te(key) ? t(key) : name);
  return {
    flow: (run: Run) => named(`runs.flows.${run.flow.replace('.', '_')}`, run.flow),
    end: (run: Run) => (run.why ? reason(run.why) : named(`runs.outcomes.${run.outcome}`, run.outcome)),
    took: (run: Run) => lasting(Date.parse(run.endedAt) - Date.parse(run.startedAt)),
  };
}
