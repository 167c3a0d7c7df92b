/** Calls a stand-in's control from outside, as a program of another machine would; what it refuses is thrown. */
export async function tell(url: string, body: object): Promise<void> {
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`The stand-in refused ${url}: ${await reply.text()}`);
}
