-- Rules that answer, mark and hand on what happens in conversations, the bots that they share a door with, and macros, which are the same acts at a
-- person's word. What happens becomes a turn in the transaction in which it happens: a turn is dealt with once, and stays as the log of why.
create table bots (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  -- 'rules': says what rules answer; each workspace has one. The others are asked about what no rule has answered.
  kind text not null check (kind in ('rules', 'http', 'openai')),
  is_on boolean not null default true,
  -- Empty: all of them.
  channels text[] not null default '{}' check (cardinality(channels) <= 40),
  account_ids uuid[] not null default '{}' check (cardinality(account_ids) <= 200),
  settings jsonb not null default '{}',
  -- What signs or opens the bot's own door, and what signs for ours.
  sealed_secret bytea,
  answers_per_hour integer not null default 60 check (answers_per_hour between 1 and 10000),
  answers_per_talk integer not null default 5 check (answers_per_talk between 1 and 100),
  talk_minutes integer not null default 10 check (talk_minutes between 1 and 1440),
  -- Said before its first answer in a conversation; empty: nothing.
  notice text not null default '' check (length(notice) <= 500),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
create unique index bots_one_for_rules on bots (workspace_id) where kind = 'rules';
select protect('bots');

create table automation_rules (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  position integer not null,
  is_on boolean not null default true,
  cause text not null check (cause in ('message', 'status', 'schedule', 'opened', 'resolved', 'labelled', 'contact_added')),
  trigger jsonb not null,
  conditions jsonb not null,
  acts jsonb not null,
  -- Of a schedule: when it is next due.
  next_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index automation_rules_in_order on automation_rules (workspace_id, position, id);
create index automation_rules_due on automation_rules (next_at) where is_on and next_at is not null;
select protect('automation_rules');

create table macros (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  acts jsonb not null,
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('macros');

-- Words by which a label is found in a text.
create table label_words (
  label_id uuid primary key references labels on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  words text[] not null default '{}' check (cardinality(words) <= 100),
  pattern text not null default '' check (length(pattern) <= 500)
);
create index label_words_by_workspace on label_words (workspace_id);
select protect('label_words');

create table bot_turns (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  cause text not null check (cause in ('message', 'status', 'schedule', 'opened', 'resolved', 'labelled', 'contact_added', 'pushed', 'macro')),
  -- What happens once has one turn.
  subject text not null check (length(subject) between 1 and 200),
  conversation_id uuid references conversations on delete cascade,
  contact_id uuid references contacts on delete cascade,
  message_id uuid references messages on delete cascade,
  -- The status of a delivery, the label, the rule whose time has come.
  detail text,
  state text not null default 'waiting' check (state in ('waiting', 'asking', 'done')),
  -- Who is asked.
  bot_id uuid references bots on delete set null,
  due_at timestamptz not null default now(),
  attempts integer not null default 0,
  outcome text,
  -- Who decided what, and why: codes and names, never a text of a conversation.
  steps jsonb not null default '[]',
  at timestamptz not null default now(),
  done_at timestamptz,
  unique (workspace_id, subject)
);
create index bot_turns_due on bot_turns (due_at, id) where state <> 'done';
create index bot_turns_of_conversation on bot_turns (conversation_id, id);
create index bot_turns_of_contact on bot_turns (contact_id) where contact_id is not null;
create index bot_turns_of_message on bot_turns (message_id) where message_id is not null;
create index bot_turns_in_order on bot_turns (workspace_id, id desc);
create index bot_turns_by_outcome on bot_turns (workspace_id, outcome, id desc);
create index bot_turns_done on bot_turns (done_at) where done_at is not null;
create index bot_turns_of_bot on bot_turns (bot_id) where bot_id is not null;
select protect('bot_turns');

-- What bots have said: their ceilings count it, and the conversation shows who it was.
create table bot_answers (
  delivery_id uuid primary key references deliveries on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  bot_id uuid references bots on delete set null,
  turn_id bigint references bot_turns on delete set null,
  conversation_id uuid not null references conversations on delete cascade,
  at timestamptz not null
);
create index bot_answers_of_bot on bot_answers (bot_id, at);
create index bot_answers_in_conversation on bot_answers (conversation_id, at);
create index bot_answers_of_turn on bot_answers (turn_id) where turn_id is not null;
create index bot_answers_by_workspace on bot_answers (workspace_id);
select protect('bot_answers');

-- Conversations that a person has taken on: bots are silent there until they are let back or the conversation is resolved.
create table handed_over (
  conversation_id uuid primary key references conversations on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  -- Null: a rule or a bot did.
  person_id uuid references people on delete set null,
  at timestamptz not null
);
create index handed_over_by_workspace on handed_over (workspace_id);
create index handed_over_by_person on handed_over (person_id) where person_id is not null;
select protect('handed_over');

-- What rules do themselves does not set rules off: whoever carries them out says so in `app.turn`.
create function add_bot_turn(in_workspace uuid, in_cause text, in_subject text, in_conversation uuid, in_contact uuid, in_message uuid, in_detail text) returns void
  language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(current_setting('app.turn', true), '') <> '' then return; end if;
  if not exists (select from automation_rules r where r.workspace_id = in_workspace and r.cause = in_cause and r.is_on)
     and (in_cause <> 'message' or not exists (select from bots b where b.workspace_id = in_workspace and b.kind <> 'rules' and b.is_on)) then
    return;
  end if;
  insert into bot_turns (workspace_id, cause, subject, conversation_id, contact_id, message_id, detail)
  values (in_workspace, in_cause, in_subject, in_conversation, in_contact, in_message, in_detail) on conflict (workspace_id, subject) do nothing;
end $$;

create function turn_of_message() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform add_bot_turn(new.workspace_id, 'message', 'message ' || new.id, new.conversation_id, null, new.id, null);
  return null;
end $$;
-- What is read of years ago is no turn.
create trigger turn_of_message after insert on messages for each row
  when (new.direction = 'in' and new.at > now() - interval '1 day') execute function turn_of_message();

create function turn_of_status() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform add_bot_turn(new.workspace_id, 'status', 'status ' || new.id || ' ' || new.state, new.conversation_id, null, null, new.state);
  return null;
end $$;
create trigger turn_of_status after update of state on deliveries for each row
  when (new.state in ('delivered', 'read', 'failed', 'uncertain') and new.state is distinct from old.state and new.conversation_id is not null)
  execute function turn_of_status();

create function turn_of_conversation() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.state = 'resolved' then delete from handed_over h where h.conversation_id = new.id; end if;
  perform add_bot_turn(new.workspace_id, case new.state when 'resolved' then 'resolved' else 'opened' end,
    new.state || ' ' || new.id || ' ' || pg_current_xact_id(), new.id, null, null, null);
  return null;
end $$;
create trigger turn_of_conversation after update on conversations for each row
  when (new.state in ('open', 'resolved') and (new.state is distinct from old.state or old.last_incoming_at is null and new.last_incoming_at is not null))
  execute function turn_of_conversation();

create function turn_of_label() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform add_bot_turn(new.workspace_id, 'labelled', 'labelled ' || new.conversation_id || ' ' || new.label_id || ' ' || pg_current_xact_id(),
    new.conversation_id, null, null, new.label_id::text);
  return null;
end $$;
create trigger turn_of_label after insert on conversation_labels for each row execute function turn_of_label();

-- For a whole statement: files bring people by the hundred thousand.
create function turns_of_contacts() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(current_setting('app.turn', true), '') <> '' then return null; end if;
  insert into bot_turns (workspace_id, cause, subject, contact_id)
  select a.workspace_id, 'contact_added', 'contact_added ' || a.id, a.id from added a
   where exists (select from automation_rules r where r.workspace_id = a.workspace_id and r.cause = 'contact_added' and r.is_on)
  on conflict (workspace_id, subject) do nothing;
  return null;
end $$;
create trigger turns_of_contacts after insert on contacts referencing new table as added for each statement execute function turns_of_contacts();

-- The oldest of each conversation first: an answer never overtakes the one before it.
create function due_bot_turns(in_state text, in_at timestamptz, most integer) returns table (workspace_id uuid, id bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select t.workspace_id, t.id from bot_turns t
   where t.state = in_state and t.state <> 'done' and t.due_at <= in_at
     and not exists (select from bot_turns e where e.conversation_id = t.conversation_id and e.id < t.id and e.state <> 'done')
   order by t.due_at, t.id limit most
$$;
create function due_schedules(in_at timestamptz) returns table (workspace_id uuid, rule_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select r.workspace_id, r.id from automation_rules r where r.is_on and r.next_at is not null and r.next_at <= in_at order by r.next_at limit 100
$$;
create function forget_bot_turns(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from bot_turns where done_at < before returning 1) select count(*) from gone
$$;
-- Where an outside bot knocks, by the id that its requests name.
create function bot_at(in_bot uuid) returns table (workspace_id uuid, sealed_secret bytea) language sql stable security definer set search_path = public, pg_temp as $$
  select b.workspace_id, b.sealed_secret from bots b where b.id = in_bot and b.is_on and b.sealed_secret is not null and b.kind = 'http'
$$;
revoke execute on function add_bot_turn(uuid, text, text, uuid, uuid, uuid, text), turn_of_message(), turn_of_status(), turn_of_conversation(), turn_of_label(),
  turns_of_contacts(), due_bot_turns(text, timestamptz, integer), due_schedules(timestamptz), forget_bot_turns(timestamptz), bot_at(uuid) from public;
grant execute on function due_bot_turns(text, timestamptz, integer), due_schedules(timestamptz), forget_bot_turns(timestamptz), bot_at(uuid) to patchbay_app;
