import { sql } from 'kysely';
import type { z } from 'zod';
import type { InboxCounts } from '#core/api/inbox.ts';
import type { ConversationState } from '#core/conversation.ts';
import type { Db, Trx } from './database.ts';

type Counts = z.output<typeof InboxCounts>;
type Facet = 'all' | 'person' | 'account' | 'team' | 'label';
type Row = { facet: Facet; key: string; state: ConversationState; conversations: number; unread: number };

const nobody = '00000000-0000-0000-0000-000000000000';
const shelves = { person: 'people', account: 'accounts', team: 'teams', label: 'labels' } as const;
const none = () => ({ conversations: 0, unread: 0 });
const noStates = () => ({ open: none(), snoozed: none(), resolved: none(), archived: none() });

/** Kept, not counted: the sums, and what has changed since they were folded. */
export async function readInboxCounts(trx: Trx, personId: string): Promise<Counts> {
  const { rows } = await sql<Row>`
    select facet, key, state, sum(conversations)::int as conversations, sum(unread)::int as unread
      from (select facet, key, state, conversations, unread from inbox_counts
            union all select facet, key, state, conversations, unread from inbox_changes) c group by 1, 2, 3`.execute(trx);
  const counts: Counts = { mine: noStates(), unassigned: noStates(), all: noStates(), accounts: {}, teams: {}, labels: {}, people: {} };
  for (const { facet, key, state, conversations, unread } of rows) {
    const counted = { conversations, unread };
    if (facet === 'all') counts.all[state] = counted;
    else if (facet === 'person' && key === nobody) counts.unassigned[state] = counted;
    else {
      const shelf = counts[shelves[facet]];
      shelf[key] = { ...(shelf[key] ?? noStates()), [state]: counted };
    }
  }
  return { ...counts, mine: counts.people[personId] ?? noStates() };
}

/** Brings what has changed into the sums; answers how many changes those were. */
export async function foldInboxChanges(db: Db): Promise<number> {
  const { rows } = await sql<{ folded: number }>`select fold_inbox_changes() as folded`.execute(db);
  return rows[0]?.folded ?? 0;
}

/** Opens conversations whose snooze is over; answers how many. */
export async function wakeConversations(db: Db, at: Date): Promise<number> {
  const { rows } = await sql<{ woken: number }>`select wake_conversations(${at}) as woken`.execute(db);
  return rows[0]?.woken ?? 0;
}
