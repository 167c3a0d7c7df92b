import type { z } from 'zod';
import type { LogLine as LogLineShape } from '#core/api/profile-log.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type LogLine = z.output<typeof LogLineShape>;

const isOf = (profileId: () => string) => (event: { kind: string; profileId?: string }) =>
  (event.kind === 'profile_changed' || event.kind === 'control_changed') && event.profileId === profileId();

export function useProfileLog(profileId: () => string) {
  const client = useClient();
  return usePages<LogLine>((ask, signal) => client.readProfileLog({ params: { id: profileId() }, query: ask }, signal), {
    on: isOf(profileId),
    key: profileId,
  });
}

export function usePageLog(profileId: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readPageLog({ params: { id: profileId() } }, signal), { on: isOf(profileId), key: profileId });
}

export function useTraffic(profileId: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readTraffic({ params: { id: profileId() } }, signal), { key: profileId });
}
