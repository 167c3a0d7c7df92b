import { reactive, ref } from 'vue';
import { useWording } from '#ui/wording/use-wording.ts';

/** A form: its values, what is wrong with which field, and one sentence about the rest. */
export function useForm<T extends object>(initial: T) {
  const { explain } = useWording();
  const values = reactive({ ...initial });
  const errors = ref<Record<string, string>>({});
  const sentence = ref<string | null>(null);
  const isBusy = ref(false);

  function reset(next: T): void {
    Object.assign(values, next);
    errors.value = {};
    sentence.value = null;
  }

  /** True when `save` went through. */
  async function submit(save: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    errors.value = {};
    sentence.value = null;
    try {
      await save();
      return true;
    } catch (error) {
      const what = explain(error);
      errors.value = what.fields;
      sentence.value = [what.sentence, what.detail].filter(Boolean).join(' ');
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  // Reactive values of a generic object keep its shape: these forms hold plain values, no refs.
  return { values: values as T, errors, sentence, isBusy, reset, submit };
}
