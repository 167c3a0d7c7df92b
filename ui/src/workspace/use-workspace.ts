import type { z } from 'zod';
import type { Workspace as WorkspaceShape } from '#core/api/workspace.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Workspace = z.output<typeof WorkspaceShape>;

export function useWorkspace() {
  const client = useClient();
  return useLoaded<Workspace>((signal) => client.readWorkspace({}, signal), { on: (event) => event.kind === 'workspace_changed' });
}

export function useWorkspaceActs() {
  const client = useClient();
  return { change: (body: NonNullable<Parameters<typeof client.changeWorkspace>[0]>['body']) => client.changeWorkspace({ body }) };
}
