/** One Ctrl+C reaches a program twice: from the terminal, and from npm, which passes it on. */
const sameWishMs = 1000;

/** Calls `end` when the program is told to stop, by SIGTERM, SIGINT or SIGHUP. Who asks once more a second later ends it at once. */
export function whenToldToStop(end: () => void): void {
  let toldAt: number | undefined;
  const hear = () => {
    if (toldAt === undefined) end();
    else if (performance.now() - toldAt > sameWishMs) process.exit(1);
    toldAt ??= performance.now();
  };
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, hear);
}

/** Resolves when the program is told to stop; rejects when `lost` does: something that it lives on is gone for good. */
export async function untilToldToStop(lost: Promise<never>): Promise<void> {
  const told = new Promise<void>((resolve) => whenToldToStop(resolve));
  await Promise.race([told, lost]);
}
