import { computed } from 'vue';
import type { ProfileState } from '#core/profile.ts';
import { useClient } from '#ui/connection/client.ts';
import { useMessages } from '#ui/connection/live-socket.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import type { LoginStep } from './use-profiles.ts';

/** What the login dialog shows. */
export type LoginFace = 'waiting' | 'qr' | 'expired' | 'link_code' | 'phone' | 'code' | 'password' | 'passkey' | 'done' | 'stuck';

const faces: Record<ProfileState, LoginFace> = {
  stopped: 'waiting',
  launching: 'waiting',
  loading: 'waiting',
  needs_qr: 'qr',
  qr_expired: 'expired',
  needs_phone: 'phone',
  needs_code: 'code',
  needs_password: 'password',
  needs_passkey: 'passkey',
  conflict: 'stuck',
  syncing: 'waiting',
  ready: 'done',
  degraded: 'waiting',
  restricted: 'done',
  logged_out: 'waiting',
  unsupported: 'stuck',
  unknown: 'stuck',
  held: 'stuck',
  failed: 'stuck',
};

export function faceOf(step: Pick<LoginStep, 'state' | 'qr' | 'linkCode'>): LoginFace {
  if (step.linkCode) return 'link_code';
  return step.state === 'needs_qr' && !step.qr ? 'waiting' : faces[step.state];
}

/** Which of the dialog's four stages a face belongs to: open, identify, load messages, ready. */
export function stageOf(step: Pick<LoginStep, 'state' | 'qr' | 'linkCode'>): number {
  if (faceOf(step) === 'done') return 3;
  if (step.state === 'syncing') return 2;
  return faceOf(step) === 'waiting' || faceOf(step) === 'stuck' ? 0 : 1;
}

/** States in which nothing goes on by itself, so that opening the dialog begins the login. */
const atRest: readonly ProfileState[] = ['stopped', 'logged_out', 'failed', 'held', 'qr_expired'];

/** The login of one profile, followed as it goes: new codes arrive without being asked for. */
export function useLogin(id: string, signsInBy: () => readonly string[]) {
  const client = useClient();
  const params = { id };
  const { loaded, reload } = useLoaded<LoginStep>((signal) => client.readLogin({ params }, signal), {
    on: (event) => (event.kind === 'qr_changed' || event.kind === 'profile_changed') && event.profileId === id,
  });
  const step = computed(() => (loaded.value.is === 'ready' ? loaded.value.value : null));
  const show = (value: LoginStep) => {
    loaded.value = { is: 'ready', value };
  };

  useMessages((message) => {
    if (message.type !== 'qr_update' || message.profileId !== id || !step.value) return;
    show({ ...step.value, qr: message.qr, qrAt: new Date().toISOString() });
  });

  const byQr = async () => show(await client.loginByQr({ params }));
  const start = async () => {
    await client.startProfile({ params });
    await reload();
  };
  const begin = () => (signsInBy().includes('qr') ? byQr() : start());
  return {
    loaded,
    step,
    reload,
    byQr,
    begin,
    isAtRest: () => step.value !== null && atRest.includes(step.value.state),
    byPhone: async (phone: string) => show(await client.loginByCode({ params, body: { phone } })),
    byCode: async (code: string) => show(await client.loginByCode({ params, body: { code } })),
    byPassword: async (body: { username?: string; password: string; remember: boolean }) => show(await client.loginByPassword({ params, body })),
  };
}
