import type { z } from 'zod';
import type { ScheduledReport } from '#core/api/reports.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Report = z.output<typeof ScheduledReport>;
export type ReportValues = Omit<Report, 'id' | 'accountId' | 'nextAt' | 'sentAt' | 'error' | 'updatedAt'> & { accountId: string };

export function useReports() {
  const client = useClient();
  return useLoaded<{ rows: Report[] }>((signal) => client.listReports({}, signal));
}

export function useReportActs() {
  const client = useClient();
  const at = (id: string) => ({ params: { id } });
  return {
    save: (id: string | null, body: ReportValues) => (id ? client.changeReport({ ...at(id), body }) : client.addReport({ body })),
    remove: (id: string) => client.removeReport(at(id)),
    send: (id: string) => client.sendReport({ ...at(id), body: {} }),
  };
}
