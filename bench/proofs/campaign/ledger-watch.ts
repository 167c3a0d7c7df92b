import pg from 'pg';
import { until } from '#bin/demo/until.ts';
import type { EmbeddedPostgres } from '#sql/embedded.ts';
import { type Way, wayOfChannel } from './way.ts';

export type Committing = { id: string; accountId: string; way: Way; since: Date };
/** A delivery that came to `uncertain`, for however short a time. */
export type Turn = { id: string; accountId: string; at: Date };

/** Every turn to `uncertain` is written down, as a row that a receipt moves on a moment later would not be seen by looking. */
const writeDownTurns = `
  create schema proof;
  create table proof.turns (delivery_id uuid not null, account_id uuid not null, at timestamptz not null default clock_timestamp());
  create function proof.note() returns trigger language plpgsql security definer set search_path = proof as $$
    begin insert into proof.turns (delivery_id, account_id) values (new.id, new.account_id); return null; end $$;
  create trigger proof_turns after update on deliveries for each row when (new.state = 'uncertain' and old.state <> 'uncertain') execute function proof.note();
`;

/** Looks at the deliveries of one campaign as their owner, also while Postgres is killed: a look that fails is done again. */
export class LedgerWatch implements AsyncDisposable {
  readonly #pool: pg.Pool;
  readonly #signal: AbortSignal;

  constructor({ adminUrl }: EmbeddedPostgres, signal: AbortSignal) {
    this.#pool = new pg.Pool({ connectionString: adminUrl, max: 1 });
    this.#pool.on('error', () => undefined);
    this.#signal = signal;
  }

  async begin(): Promise<void> {
    await this.#pool.query(writeDownTurns);
  }

  async committing(): Promise<Committing[]> {
    const rows = await this.#ask<{ id: string; account_id: string; channel: string; since: Date }>(
      `select d.id, d.account_id, a.channel, d.committing_at as since from deliveries d join accounts a on a.id = d.account_id where d.state = 'committing' order by d.id`,
    );
    return rows.map(({ id, account_id: accountId, channel, since }) => ({ id, accountId, way: wayOfChannel(channel), since }));
  }

  /** How many of each way have had their turn: they have ended, or begun. */
  async gone(): Promise<Record<Way, number>> {
    const rows = await this.#ask<{ channel: string; gone: number }>(
      `select a.channel, count(*)::int as gone from deliveries d join accounts a on a.id = d.account_id where d.state not in ('planned', 'claimed') group by 1`,
    );
    return { web: 0, meta: 0, mail: 0, ...Object.fromEntries(rows.map(({ channel, gone }) => [wayOfChannel(channel), gone])) };
  }

  async turns(): Promise<Turn[]> {
    const rows = await this.#ask<{ delivery_id: string; account_id: string; at: Date }>(`select * from proof.turns order by at`);
    return rows.map(({ delivery_id: id, account_id: accountId, at }) => ({ id, accountId, at }));
  }

  async #ask<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const found = await until(
      'A look at the deliveries',
      () =>
        this.#pool.query<Row>(text).then(
          ({ rows }) => ({ rows }),
          () => null,
        ),
      { seconds: 120, signal: this.#signal },
    );
    return found.rows;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.end();
  }
}
