import { Ban, Bot, CircleCheck, CircleSlash, TriangleAlert, UserRound } from '@lucide/vue';
import type { TurnOutcome, TurnStep } from '#core/automation.ts';
import type { Look } from '#ui/controls/look.ts';
import { useWording } from '#ui/wording/use-wording.ts';

export const outcomeLooks: Record<TurnOutcome, Look> = {
  answered: { group: 'ready', icon: Bot },
  acted: { group: 'working', icon: CircleCheck },
  handed_over: { group: 'needs_you', icon: UserRound },
  silent: { group: 'waiting', icon: CircleSlash },
  nothing: { group: 'waiting', icon: CircleSlash },
  refused: { group: 'restricted', icon: Ban },
  failed: { group: 'failed', icon: TriangleAlert },
};

/** Decisions in words. */
export function useStepWords() {
  const { t } = useWording();
  function wordOf({ code, detail }: TurnStep): string {
    if (code === 'did')
      return detail
        .split(', ')
        .map((act) => t(`automation.acts.${act}`))
        .join(', ');
    if (code === 'condition_failed') return t(`automation.conditions.${detail}`);
    if (code === 'silent') return t(`automation.silences.${detail}`);
    if (code === 'other_trigger' || code === 'no_rule') return detail === '' ? '' : t(`automation.triggers.${detail}`);
    return detail;
  }
  return { sentenceOf: (step: TurnStep) => t(`automation.steps.${step.code}`, { detail: wordOf(step) }) };
}
