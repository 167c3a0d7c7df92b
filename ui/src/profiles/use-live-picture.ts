import { onScopeDispose, ref, type ShallowRef, shallowRef, watch } from 'vue';
import { type LiveFrame, newestOnly } from '#core/live-frame.ts';
import { useLiveSocket } from '#ui/connection/live-socket.ts';

/** The page of one profile, drawn onto a canvas as it changes. A hidden tab looks at nothing, so nothing is captured for it. */
export function useLivePicture(profileId: () => string, canvas: () => HTMLCanvasElement | null) {
  const live = useLiveSocket();
  const size = shallowRef({ width: 1280, height: 800 });
  const shownAt: ShallowRef<number | null> = shallowRef(null);
  const isHidden = ref(document.hidden);
  let stop = () => {};

  const draw = newestOnly(async (frame: LiveFrame) => {
    const picture = await createImageBitmap(new Blob([new Uint8Array(frame.jpeg)], { type: 'image/jpeg' }));
    const target = canvas();
    if (target) {
      target.width = picture.width;
      target.height = picture.height;
      target.getContext('2d')?.drawImage(picture, 0, 0);
    }
    picture.close();
    size.value = { width: frame.width, height: frame.height };
    shownAt.value = frame.at;
  });
  const see = () => {
    isHidden.value = document.hidden;
  };
  watch(
    () => [profileId(), isHidden.value] as const,
    ([id, hidden]) => {
      stop();
      stop = hidden ? () => {} : live.look(id, draw);
    },
    { immediate: true },
  );
  document.addEventListener('visibilitychange', see);
  onScopeDispose(() => {
    stop();
    document.removeEventListener('visibilitychange', see);
  });
  return { size, shownAt };
}
