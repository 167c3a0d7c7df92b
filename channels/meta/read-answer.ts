import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import { askGraph, type GraphAsk, type GraphPlace } from './graph.ts';

/** An answer in the form that the documents promise; another one is not worth a second try. */
export function readAnswer<T extends z.ZodType>(schema: T, answer: unknown): z.output<T> {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new Failure('platform_unreachable', 'The platform’s answer is not in the form that its documents promise.');
}

const List = z.looseObject({
  data: z.array(z.unknown()),
  paging: z
    .looseObject({ cursors: z.looseObject({ after: z.string() }).nullish().catch(null), next: z.string().nullish().catch(null) })
    .optional()
    .catch(undefined),
});

/** The items of a list, page by page and at most so many; one that is in another form is left out, not its neighbours. */
export async function* readList<T extends z.ZodType>(
  place: GraphPlace,
  { item, most, ...ask }: Pick<GraphAsk, 'path' | 'query'> & { item: T; most: number },
  signal: AbortSignal,
): AsyncGenerator<z.output<T>> {
  let after: string | undefined;
  let seen = 0;
  do {
    const { data, paging } = readAnswer(List, await askGraph(place, { ...ask, query: { ...ask.query, after } }, signal));
    for (const one of data) {
      const read = item.safeParse(one);
      if (read.success) yield read.data;
    }
    seen += data.length;
    after = paging?.next && data.length > 0 ? paging.cursors?.after : undefined;
  } while (after && seen < most);
}
