import {
  Ban,
  CircleCheck,
  CircleHelp,
  CirclePause,
  CircleX,
  Clock,
  CopyX,
  Fingerprint,
  KeyRound,
  LoaderCircle,
  LogOut,
  MessageSquareLock,
  QrCode,
  Smartphone,
  TriangleAlert,
} from '@lucide/vue';
import type { Component } from 'vue';
import type { ProfileState } from '#core/profile.ts';

/** The sign of each state beside its word and colour. */
export const stateIcons: Record<ProfileState, Component> = {
  stopped: CirclePause,
  launching: LoaderCircle,
  loading: LoaderCircle,
  needs_qr: QrCode,
  qr_expired: QrCode,
  needs_phone: Smartphone,
  needs_code: MessageSquareLock,
  needs_password: KeyRound,
  needs_passkey: Fingerprint,
  conflict: CopyX,
  syncing: LoaderCircle,
  ready: CircleCheck,
  degraded: Clock,
  restricted: TriangleAlert,
  logged_out: LogOut,
  unsupported: Ban,
  unknown: CircleHelp,
  held: Ban,
  failed: CircleX,
};
