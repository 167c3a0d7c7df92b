import { useAct } from '#ui/controls/use-act.ts';
import { useSession } from '#ui/session/session-store.ts';
import { useWording } from '#ui/wording/use-wording.ts';
import { nextStep } from './attention.ts';
import { type Profile, useProfileActs } from './use-profiles.ts';

/** The acts behind the buttons of a profile: asked where something ends, and said when it has begun. */
export function useProfileButtons() {
  const acts = useProfileActs();
  const session = useSession();
  const { run, ask, isBusy } = useAct();
  const { t, counted } = useWording();

  async function stop(profile: Profile): Promise<void> {
    const text = profile.queued > 0 ? counted('profiles.stop_text_queued', profile.queued) : t('profiles.stop_text');
    const isSure = profile.queued === 0 || (await ask({ title: t('profiles.stop_title', { name: profile.name }), text, yes: t('profiles.stop') }));
    if (isSure) await run(() => acts.stop(profile.id), t('profiles.stopping', { name: profile.name }));
  }
  async function remove(profile: Profile): Promise<boolean> {
    const isSure = await ask({
      title: t('profiles.remove_title', { name: profile.name }),
      text: t('profiles.remove_text'),
      yes: t('profiles.remove'),
      isDangerous: true,
    });
    return isSure && run(() => acts.remove(profile.id), t('profiles.removed', { name: profile.name }));
  }
  return {
    isBusy,
    canRun: () => session.may('profiles:run'),
    canChange: () => session.may('profiles:write'),
    isStopped: (profile: Profile) => profile.state === 'stopped' || (nextStep(profile) === 'start' && profile.wanted === 'stopped'),
    start: (profile: Profile) => run(() => acts.start(profile.id), t('profiles.starting', { name: profile.name })),
    stop,
    remove,
    pause: (profile: Profile) => run(() => acts.pause(profile.id), t('profiles.paused_now', { name: profile.name })),
    resume: (profile: Profile) => run(() => acts.resume(profile.id), t('profiles.resumed_now', { name: profile.name })),
  };
}
