/**
 * The table of the audit log. Its rows can be added, one behind the other, and nothing else: not
 * changed, not removed, not replaced.
 */
export const AUDIT_TABLES = `
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    record TEXT NOT NULL,       -- canonical JSON, ASCII-safe whatever strangers call themselves
    hash BLOB NOT NULL,         -- SHA-256(hash before || record)
    action TEXT GENERATED ALWAYS AS (iif(json_valid(record), record ->> '$.action', NULL)) VIRTUAL,
    target TEXT GENERATED ALWAYS AS (iif(json_valid(record), record ->> '$.target', NULL)) VIRTUAL,
    outcome TEXT GENERATED ALWAYS AS (iif(json_valid(record), record ->> '$.outcome', NULL)) VIRTUAL
  ) STRICT;
  CREATE INDEX audit_by_target ON audit (target, seq) WHERE target IS NOT NULL;

  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
`;
