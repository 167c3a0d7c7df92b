/** What one check found. `problems` is what a person has to read, empty when all is well; `summary` says how much was looked at. */
export type Outcome = { name: string; problems: string[]; summary: string };

export type Check = (root: string, signal: AbortSignal) => Promise<Outcome>;
