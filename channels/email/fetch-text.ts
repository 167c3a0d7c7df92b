/** A page of a provider, within seconds and of a sane size; redirects are not followed. */
export async function fetchText(url: string): Promise<string> {
  const reply = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
  if (!reply.ok) throw new Error(`${new URL(url).hostname} answered ${reply.status}`);
  return (await reply.text()).slice(0, 100_000);
}
