import { z } from 'zod';
import { swapMoments, vias } from './model.ts';

/** Bodies of the control API. Unknown fields are refused, so that a typo in a test does not pass as a default. */
export const ms = z.number().int().min(0);
export const count = z.number().int().min(0);
export const oneOrMany = <T extends z.ZodType>(one: T) => z.union([one.transform((value) => [value]), z.array(one).max(10_000)]);

/** How many of them, numbered after the text; for long histories. */
export const Times = z.number().int().min(1).max(5000).optional();

export const faultFields = {
  latencyMs: ms.optional(),
  historyDelayMs: ms.optional(),
  dropAckShare: z.number().min(0).max(1).optional(),
  dropAcksNext: count.optional(),
  swallowNext: count.optional(),
  failNext: count.optional(),
};
export const scriptFields = {
  readsAfterMs: ms.nullable().optional(),
  repliesWith: z.string().nullable().optional(),
  replyAfterMs: ms.optional(),
};
export const settingFields = { syncMs: ms.optional(), historyPage: z.number().int().min(1).optional() };

export const EventQuery = z.strictObject({ after: z.coerce.number().default(0) });

/** The bodies that name an account under the messenger's own word, written as its addresses are; inside it is always `account`. */
export type AccountBodies = ReturnType<typeof accountBodies>;

export function accountBodies(word: 'number' | 'account', Address: z.ZodType<string>) {
  const named = <Shape extends z.ZodRawShape>(shape: Shape) =>
    z.strictObject({ ...shape, [word]: Address }).transform((body) => renamed<{ account: string } & z.output<z.ZodObject<Shape>>>(word, body));
  const perhapsNamed = <Shape extends z.ZodRawShape>(shape: Shape) =>
    z
      .strictObject({ ...shape, [word]: Address.nullish() })
      .transform((body) => renamed<{ account?: string | null } & z.output<z.ZodObject<Shape>>>(word, body));
  return {
    named,
    perhapsNamed,
    Account: named({}),
    AnyAccount: perhapsNamed({}),
    AccountAndPeer: named({ peer: Address }),
    Draft: named({ peer: Address, text: z.string() }),
    FreezePage: named({ ms: ms.max(60_000) }),
    Messages: z.strictObject({
      account: Address.optional(),
      peer: Address.optional(),
      via: z.enum(vias).optional(),
      since: z.coerce.number().optional(),
    }),
  };
}

export const swapFields = { at: z.enum(swapMoments).default('typed'), afterMs: ms.default(100) };

function renamed<Body>(word: string, body: object): Body {
  const { [word]: account, ...rest } = body as Record<string, unknown>;
  // The schema has read the account under `word` and the rest by its shape.
  return { ...rest, account } as Body;
}
