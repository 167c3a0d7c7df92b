-- Stable, as the trigger for rows was: it sees what the statement sees that fired it. Otherwise somebody who says stop in between undoes the whole page of
-- the ledger, and with it what is written of mails that are sent already.
alter function refuse_statement_to_suppressed() stable;
