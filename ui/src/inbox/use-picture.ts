import { onScopeDispose, ref, watch } from 'vue';
import { useClient } from '#ui/connection/client.ts';

/**
 * A stored picture, or its small one, as an address within this page: the server gives files to signed-in readers only, which an image's own
 * request is not.
 */
export function usePicture(wanted: () => { id: string; isSmall: boolean } | null) {
  const client = useClient();
  const url = ref<string | null>(null);
  const forget = () => {
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = null;
  };
  watch(
    () => {
      const picture = wanted();
      return picture && `${picture.isSmall ? 'small' : 'whole'} ${picture.id}`;
    },
    async (_key, _before, onCleanup) => {
      forget();
      const picture = wanted();
      if (!picture) return;
      const gone = new AbortController();
      onCleanup(() => gone.abort());
      const ask = { params: { id: picture.id } };
      const content = await (picture.isSmall ? client.readMediaThumbnail(ask, gone.signal) : client.readMediaFile(ask, gone.signal)).catch(
        () => null,
      );
      // The client answers what is no JSON as a Blob. Without it the name and size are shown, which say the same.
      if (content instanceof Blob && !gone.signal.aborted) url.value = URL.createObjectURL(content);
    },
    { immediate: true },
  );
  onScopeDispose(forget);
  return url;
}
