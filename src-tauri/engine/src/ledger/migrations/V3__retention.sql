-- Retention: what old payments said may be removed. A line keeps its number, its hash and the hash before it, so the chain
-- holds; a line called `payments_removed` says which lines were removed, by whom and why.

CREATE INDEX removals ON journal (number) WHERE what = 'payments_removed';

-- A line may change in this one way only: to one that says nothing, and only where the journal says so already.
DROP TRIGGER journal_stays;
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
WHEN NOT (
    OLD.payment IS NOT NULL
    AND NEW.number IS OLD.number AND NEW.previous IS OLD.previous AND NEW.hash IS OLD.hash AND NEW.mode IS OLD.mode
    AND NEW.at_ms IS 0 AND NEW.operator IS 'till' AND NEW.terminal IS '' AND NEW.payment IS ''
    AND NEW.what IS 'removed' AND NEW.body IS ''
    AND OLD.number <= coalesce((SELECT json_extract(body, '$.event.through') FROM journal
                                WHERE what = 'payments_removed' ORDER BY number DESC LIMIT 1), 0))
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
