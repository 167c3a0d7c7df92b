import type { Page, WebSocket } from 'playwright';
import type { LoadedPack } from '#core/script.ts';
import { type Inputs, substitute } from './substitute.ts';

/**
 * Listens to a page's sockets for the exchanges that a pack names. It keeps counts since the last load of the page and forgets what
 * was said. Sockets inside shared workers are not heard; then an exchange is never complete, which is the safe side.
 */
export type Ear = {
  /** Every question has its answer, and at least one question named what it had to be about. */
  isComplete(exchange: string): boolean;
  forget(): void;
  close(): void;
};
type Heard = { asked: number; about: number; answered: number };

/** Null when this flow was not given what the exchange is about: then it cannot be complete. */
function aboutOf(template: string, inputs: Inputs): string | null {
  const isGiven = [...template.matchAll(/\{\{(\w+)/g)].every(([, name]) => inputs[name ?? ''] !== undefined);
  return isGiven ? substitute(template, inputs) : null;
}

export function listen(page: Page, pack: LoadedPack, inputs: Inputs): Ear {
  const rules = Object.entries(pack.hears).map(([name, { ask, about, answer }]) => ({
    name,
    ask,
    about: about ? aboutOf(about, inputs) : '',
    answer,
  }));
  const heard = new Map<string, Heard>();
  const forget = () => {
    for (const { name } of rules) heard.set(name, { asked: 0, about: 0, answered: 0 });
  };
  forget();
  const note = (payload: string | Buffer, way: 'ask' | 'answer') => {
    const text = payload.toString();
    for (const rule of rules) {
      const counts = heard.get(rule.name);
      if (!counts || !rule[way].every((part) => text.includes(part))) continue;
      if (way === 'answer') counts.answered += 1;
      else counts.asked += 1;
      if (way === 'ask' && rule.about !== null && text.includes(rule.about)) counts.about += 1;
    }
  };
  const onSocket = (socket: WebSocket) => {
    // A new socket means that nothing asked before will be answered on it.
    forget();
    socket.on('framesent', ({ payload }) => note(payload, 'ask'));
    socket.on('framereceived', ({ payload }) => note(payload, 'answer'));
  };
  if (rules.length > 0) page.on('websocket', onSocket);
  return {
    isComplete: (exchange) => {
      const counts = heard.get(exchange);
      return counts !== undefined && counts.about > 0 && counts.answered >= counts.asked;
    },
    forget,
    close: () => void page.off('websocket', onSocket),
  };
}
