/** Something that happened in a lab, as the control API tells it. */
export type Numbered<Event> = Event & { seq: number; at: number };

/** What happened, for whoever listens: connections, scripted peers, phones, the control API. */
export type EventLog<Event> = { events: Numbered<Event>[]; listeners: Set<(event: Numbered<Event>) => void>; now: () => number };

/** The log keeps this many events; the control API reads them by number. */
const keptEvents = 5000;

export function emit<Event>(log: EventLog<Event>, event: NoInfer<Event>): void {
  const numbered = { ...event, seq: (log.events.at(-1)?.seq ?? 0) + 1, at: log.now() };
  log.events.push(numbered);
  if (log.events.length > keptEvents) log.events.splice(0, log.events.length - keptEvents);
  for (const listener of [...log.listeners]) listener(numbered);
}

/** Returns how to stop listening. */
export function listen<Listener extends (event: never) => void>(log: { listeners: Set<Listener> }, listener: NoInfer<Listener>): () => void {
  log.listeners.add(listener);
  return () => void log.listeners.delete(listener);
}
