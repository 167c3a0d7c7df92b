import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { type ControlEnd, type ControlState, controlSeconds, type GoOn, type PageInput } from '#core/control.ts';
import { useConnection } from '#ui/connection/connection-store.ts';
import { useLiveSocket, useMessages } from '#ui/connection/live-socket.ts';
import { useNow } from '#ui/wording/use-now.ts';
import { gather } from './hand.ts';

export type Control = { is: 'watching'; ended: ControlEnd | null } | { is: 'asked' } | Extract<ControlState, { is: 'waiting' | 'yours' | 'taken' }>;

/** What the hand does is sent in bundles: thirty a second are as smooth as the picture. */
const bundleMs = 33;
/** A person who does something is a sign of life, but not a hundred of them. */
const keepEveryMs = 5_000;
const mostInBundle = 64;

/** Control of one profile's page: asked for, kept while the person does something, given back when they leave the page. */
export function useControl(profileId: () => string) {
  const live = useLiveSocket();
  const connection = useConnection();
  const control = shallowRef<Control>({ is: 'watching', ended: null });
  const endsAt = ref(0);
  const now = useNow({ everyMs: 500 });
  const secondsLeft = computed(() => Math.min(controlSeconds, Math.max(0, Math.ceil((endsAt.value - now.value) / 1000))));
  const isYours = computed(() => control.value.is === 'yours');
  const isAsking = computed(() => control.value.is === 'asked' || control.value.is === 'waiting');
  let waiting: PageInput[] = [];
  let bundle: ReturnType<typeof setTimeout> | undefined;
  let keptAt = 0;

  useMessages((message) => {
    if (message.type !== 'control' || message.profileId !== profileId()) return;
    const next = message.control;
    if ('secondsLeft' in next) endsAt.value = Date.now() + next.secondsLeft * 1000;
    control.value = next.is === 'over' ? { is: 'watching', ended: next.why } : next;
  });
  watch(
    () => connection.state,
    (state) => {
      if (state !== 'open' && control.value.is !== 'watching') control.value = { is: 'watching', ended: 'connection_lost' };
    },
  );

  function take(): void {
    control.value = { is: 'asked' };
    live.say({ type: 'take_control', profileId: profileId() });
  }
  function giveBack(goOn: GoOn = 'restart'): void {
    flush();
    if (isYours.value || isAsking.value) live.say({ type: 'give_back', goOn });
    control.value = { is: 'watching', ended: null };
  }
  function keep(): void {
    if (!isYours.value || Date.now() - keptAt < keepEveryMs) return;
    keptAt = Date.now();
    live.say({ type: 'keep_control' });
  }
  /** Waiting for a long step costs the person no time. */
  const patience = setInterval(() => control.value.is === 'waiting' && live.say({ type: 'keep_control' }), keepEveryMs * 2);

  function flush(): void {
    clearTimeout(bundle);
    bundle = undefined;
    for (; waiting.length > 0; waiting = waiting.slice(mostInBundle)) live.say({ type: 'input', inputs: waiting.slice(0, mostInBundle) });
  }
  function act(...inputs: PageInput[]): void {
    if (!isYours.value) return;
    waiting = inputs.reduce(gather, waiting);
    bundle ??= setTimeout(flush, bundleMs);
    keep();
  }

  const leave = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && (isYours.value || isAsking.value)) giveBack();
  };
  document.addEventListener('keydown', leave);
  onScopeDispose(() => {
    document.removeEventListener('keydown', leave);
    clearInterval(patience);
    giveBack();
  });
  return { control, isYours, isAsking, secondsLeft, take, giveBack, keep, act };
}
