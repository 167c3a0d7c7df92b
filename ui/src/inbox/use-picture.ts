import { onScopeDispose, ref, watch } from 'vue';
import { useClient } from '#ui/connection/client.ts';

/** A stored picture as an address within this page: the server gives files to signed-in readers only, which an image's own request is not. */
export function usePicture(mediaId: () => string | null) {
  const client = useClient();
  const url = ref<string | null>(null);
  const forget = () => {
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = null;
  };
  watch(
    mediaId,
    async (id, _before, onCleanup) => {
      forget();
      if (!id) return;
      const gone = new AbortController();
      onCleanup(() => gone.abort());
      const content = await client.readMediaFile({ params: { id } }, gone.signal).catch(() => null);
      // The client answers what is no JSON as a Blob. Without it the name and size are shown, which say the same.
      if (content instanceof Blob && !gone.signal.aborted) url.value = URL.createObjectURL(content);
    },
    { immediate: true },
  );
  onScopeDispose(forget);
  return url;
}
