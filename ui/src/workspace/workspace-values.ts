import { type Ceilings, defaultQuietHours } from '#core/policy.ts';
import { raisedCeilings } from '#ui/controls/raised-ceilings.ts';
import type { Workspace } from './use-workspace.ts';

export type WorkspaceValues = {
  name: string;
  zone: string;
  defaultCountry: string;
  notice: string;
  isQuiet: boolean;
  from: string;
  to: string;
  quietDays: number[];
  readsByItself: boolean;
  approveAbove: number | null;
  web: Ceilings;
  email: Ceilings;
};

/** Quiet hours that nobody has set are the default ones; `null` means that somebody switched them off. */
export function valuesOf({ name, zone, defaultCountry, settings }: Workspace): WorkspaceValues {
  const quiet = settings.quietHours ?? defaultQuietHours;
  return {
    ...{ name, zone, defaultCountry, notice: settings.notice ?? '', isQuiet: settings.quietHours !== null },
    readsByItself: settings.reading === 'unread',
    approveAbove: settings.approveAbove ?? null,
    ...{ from: quiet.from, to: quiet.to, quietDays: [...quiet.weekdays], web: { ...settings.ceilings?.web }, email: { ...settings.ceilings?.email } },
  };
}

function bodyOf(workspace: Workspace, values: WorkspaceValues) {
  const { name, zone, defaultCountry } = values;
  const quietHours = values.isQuiet ? { from: values.from, to: values.to, weekdays: values.quietDays } : null;
  const reading = values.readsByItself ? ('unread' as const) : ('when_asked' as const);
  const settings = {
    ...workspace.settings,
    quietHours,
    notice: values.notice.trim() || null,
    ceilings: { web: values.web, email: values.email },
    reading,
    approveAbove: values.approveAbove,
  };
  return { name, zone, defaultCountry, settings };
}

/** What differs from what is stored. */
export function changesOf(workspace: Workspace, values: WorkspaceValues): Partial<ReturnType<typeof bodyOf>> {
  const before = new Map(Object.entries(bodyOf(workspace, valuesOf(workspace))).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(Object.entries(bodyOf(workspace, values)).filter(([name, value]) => before.get(name) !== JSON.stringify(value)));
}

/** How many ceilings of either kind would be higher than now. */
export function raisedIn(workspace: Workspace, values: WorkspaceValues): number {
  const before = valuesOf(workspace);
  return raisedCeilings('web', before.web, values.web) + raisedCeilings('email', before.email, values.email);
}
