/** Resolves on SIGTERM, SIGINT or SIGHUP; rejects when `lost` does: something that the program lives on is gone for good. */
export async function untilToldToStop(lost: Promise<never>): Promise<void> {
  const told = new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => resolve());
  });
  await Promise.race([told, lost]);
}
