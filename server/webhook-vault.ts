import type { Db } from '#sql/database.ts';
import { keepWebhooks, mostTogether, type NewWebhook } from '#sql/webhooks.ts';

export type Vault = {
  /** Resolves once the body is durably kept. */
  keep(webhook: NewWebhook): Promise<void>;
};

/** Statements under way at once: while one waits for the disk, the next gathers. */
const mostWriting = 2;
/** A statement takes no further body once it holds this much. */
const fullBytes = 4 * 1024 * 1024;

type Waiting = { webhook: NewWebhook; done: () => void; failed: (error: unknown) => void };

/** Where bodies are kept. Those that come while others are being written are written together: each alone would cost as much as several. */
export function createVault(db: Db): Vault {
  const waiting: Waiting[] = [];
  let writing = 0;
  const write = async (batch: readonly Waiting[]) => {
    writing += 1;
    try {
      await keepWebhooks(
        db,
        batch.map(({ webhook }) => webhook),
      );
      for (const one of batch) one.done();
    } catch (error) {
      for (const one of batch) one.failed(error);
    } finally {
      writing -= 1;
      consider();
    }
  };
  const consider = () => {
    // void: failures reach those who wait.
    if (waiting.length > 0 && writing < mostWriting) void write(nextBatch(waiting));
  };
  return {
    keep: (webhook) =>
      new Promise((done, failed) => {
        waiting.push({ webhook, done, failed });
        consider();
      }),
  };
}

function nextBatch(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex(({ webhook }, nth) => {
    const isFull = nth === mostTogether || bytes >= fullBytes;
    bytes += webhook.body.length;
    return isFull;
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}
