import { Resolver } from 'node:dns/promises';

/** What DNS says of a name; empty where it says nothing. Throws `LookupFailed` when there is no answer. */
export type Names = {
  texts(name: string): Promise<string[]>;
  exchanges(name: string): Promise<string[]>;
  addresses(name: string): Promise<string[]>;
};

export class LookupFailed extends Error {
  readonly lookedUp: string;
  constructor(name: string, cause: unknown) {
    super(`There was no answer about ${name}.`, { cause });
    this.lookedUp = name;
  }
}

/** `servers` null: those of this machine. */
export function createNames(servers: readonly string[] | null): Names {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (servers) resolver.setServers([...servers]);
  const found = <T>(name: string, asked: Promise<T[]>): Promise<T[]> =>
    asked.catch((error: NodeJS.ErrnoException) => {
      if (nothing.has(error.code ?? '')) return [];
      throw new LookupFailed(name, error);
    });
  return {
    texts: async (name) => (await found(name, resolver.resolveTxt(name))).map((pieces) => pieces.join('')),
    exchanges: async (name) => (await found(name, resolver.resolveMx(name))).map(({ exchange }) => exchange),
    addresses: async (name) => {
      const both = await Promise.all([found(name, resolver.resolve4(name)), found(name, resolver.resolve6(name))]);
      return both.flat();
    },
  };
}

const nothing: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);
