import { onScopeDispose, shallowRef, watch } from 'vue';
import type { z } from 'zod';
import type { Template as TemplateShape, templates } from '#core/api/templates.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Template = z.output<typeof TemplateShape>;
export type TemplateValues = { name: string; subject: string; body: string; html: string };
export type Preview = z.output<typeof templates.previewTemplate.reply>;

export function useTemplates() {
  const client = useClient();
  return useLoaded((signal) => client.listTemplates({}, signal), { on: (event) => event.kind === 'template_changed' });
}

export function valuesOf(template: Template | null): TemplateValues {
  return { name: template?.name ?? '', subject: template?.subject ?? '', body: template?.body ?? '', html: template?.html ?? '' };
}

export function useTemplateActs() {
  const client = useClient();
  const bodyOf = (values: TemplateValues) => ({
    name: values.name.trim(),
    subject: values.subject || null,
    body: values.body,
    html: values.html || null,
  });
  return {
    save: (id: string | null, values: TemplateValues) =>
      id ? client.changeTemplate({ params: { id }, body: bodyOf(values) }) : client.addTemplate({ body: bodyOf(values) }),
    remove: (id: string) => client.removeTemplate({ params: { id } }),
  };
}

/** Somebody types: the preview is asked for when the hands rest so long. */
const restMs = 250;

/** The template as it would be sent with the given values; while a new answer is on its way the last one stays. */
export function usePreview(asked: () => { body: string; subject: string; html: string; values: Record<string, string> }) {
  const client = useClient();
  const preview = shallowRef<Preview | null>(null);
  const error = shallowRef<unknown>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let under = new AbortController();

  async function ask(): Promise<void> {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    const { body, subject, html, values } = asked();
    if (!body) {
      preview.value = null;
      return;
    }
    try {
      const answer = await client.previewTemplate({ body: { body, subject: subject || null, html: html || null, values } }, signal);
      if (signal.aborted) return;
      preview.value = answer;
      error.value = null;
    } catch (problem) {
      if (!signal.aborted) error.value = problem;
    }
  }

  watch(
    asked,
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), restMs); // void: ask keeps its own failure.
    },
    { deep: true, immediate: true },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    under.abort();
  });
  return { preview, error };
}
