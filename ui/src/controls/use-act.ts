import { useDialog, useMessage } from 'naive-ui';
import { ref } from 'vue';
import { useWording } from '#ui/wording/use-wording.ts';

type Question = { title: string; text: string; yes: string; isDangerous?: boolean };

/** Acts of a person: one at a time, what went wrong is said, and money moments ask first. */
export function useAct() {
  const message = useMessage();
  const dialog = useDialog();
  const { t, explain } = useWording();
  const isBusy = ref(false);

  /** True when the act went through. Failures of named fields go to `fields` and are not said twice. */
  async function run(act: () => Promise<unknown>, done?: string): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    try {
      await act();
      if (done) message.success(done);
      return true;
    } catch (error) {
      const what = explain(error);
      message.error(what.detail ? `${what.sentence} ${what.detail}` : what.sentence, { duration: 8000, closable: true });
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  function ask({ title, text, yes, isDangerous = false }: Question): Promise<boolean> {
    return new Promise((resolve) => {
      dialog.create({
        title,
        content: text,
        positiveText: yes,
        negativeText: t('common.not_now'),
        type: isDangerous ? 'error' : 'info',
        showIcon: false,
        autoFocus: true,
        onPositiveClick: () => resolve(true),
        onNegativeClick: () => resolve(false),
        onClose: () => resolve(false),
        onMaskClick: () => resolve(false),
        onEsc: () => resolve(false),
      });
    });
  }

  return { isBusy, run, ask, say: message };
}
