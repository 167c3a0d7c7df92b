import { type Ref, watch } from 'vue';
import { useForm } from './use-form.ts';

/** A form in a dialog: it begins anew whenever the dialog opens or closes, and `finish` closes it. */
export function useDialogForm<T extends object>(show: Ref<boolean>, begin: () => T) {
  const form = useForm(begin());
  watch(show, () => form.reset(begin()));

  /** True when `save` went through: then the dialog is closed. */
  async function finish(save: () => Promise<unknown>): Promise<boolean> {
    const isSaved = await form.submit(save);
    if (isSaved) show.value = false;
    return isSaved;
  }

  return { ...form, finish };
}
