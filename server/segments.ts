import * as fields from '#sql/contact-fields.ts';
import type { Db } from '#sql/database.ts';
import * as segments from '#sql/segments.ts';
import { contactsCsv } from './contacts-csv.ts';
import type { Handlers } from './handler.ts';

export type SegmentParts = { db: Db; now: () => Date };

/** People by what is known of them, and what is asked of them. */
export const segmentsHandlers = ({ db, now }: SegmentParts) =>
  ({
    listSegments: ({ transaction }) => transaction(async (trx) => ({ rows: await segments.listSegments(trx) })),
    addSegment: ({ body, caller, transaction }) => transaction((trx) => segments.addSegment(trx, { workspaceId: caller.workspaceId, ...body })),
    countPeople: ({ body, transaction }) =>
      transaction(async (trx) => {
        const { rows: some } = await segments.listPeople(trx, { filter: body.filter, now: now(), limit: 5 });
        return { people: await segments.countPeople(trx, body.filter, now()), some };
      }),
    readSegment: ({ params, transaction }) => transaction((trx) => segments.readSegment(trx, params.id)),
    changeSegment: ({ params, body, transaction }) => transaction((trx) => segments.changeSegment(trx, params.id, body)),
    async removeSegment({ params, transaction }) {
      await transaction((trx) => segments.removeSegment(trx, params.id));
      return null;
    },
    listSegmentPeople: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        const { filter } = await segments.readSegment(trx, params.id);
        return segments.listPeople(trx, { filter, now: now(), ...query });
      }),
    async exportSegment({ params, caller, transaction }) {
      // One moment for all of its pages, or somebody would fall between two of them.
      const at = now();
      const { name, filter, keys } = await transaction(async (trx) => {
        const segment = await segments.readSegment(trx, params.id);
        return { ...segment, keys: await segments.fieldsAmong(trx, segment.filter, at) };
      });
      return contactsCsv(db, caller.workspaceId, { name, keys, page: (trx, ask) => segments.listPeople(trx, { filter, now: at, ...ask }) });
    },
    listContactFields: ({ transaction }) => transaction(async (trx) => ({ rows: await fields.listContactFields(trx) })),
    addContactField: ({ body, caller, transaction }) =>
      transaction((trx) => fields.addContactField(trx, { workspaceId: caller.workspaceId, ...body })),
    changeContactField: ({ params, body, transaction }) => transaction((trx) => fields.changeContactField(trx, params.id, body)),
    async removeContactField({ params, transaction }) {
      await transaction((trx) => fields.removeContactField(trx, params.id));
      return null;
    },
  }) satisfies Partial<Handlers>;
