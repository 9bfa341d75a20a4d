/**
 * The tables of `jobs.db`, as the numbered steps that lead from each version to the next.
 * A released migration is never edited: what changes comes as a new one.
 */

import type { Schema } from "#core/sqlite/mod.ts";

/** Marks a database as one of Orbit's jobs: "ORBJ" (SQLite's `application_id`). */
export const APPLICATION_ID = 0x4f52424a;

/** How an item's state is stored. "running" is not: see `ItemState`. */
export const StateCode = {
  pending: 0,
  waiting: 1,
  done: 2,
  failed: 3,
  skipped: 4,
  stale: 5,
} as const;

/** `MIGRATIONS[i]` leads from version i to version i + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,        -- JSON string, so that odd file names survive
    spec TEXT NOT NULL,         -- JSON
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    finished_ms INTEGER,
    error TEXT                  -- JSON: ErrorData
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE step (
    id INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES job (id),
    name TEXT NOT NULL,
    after TEXT NOT NULL,        -- JSON: names
    state TEXT NOT NULL DEFAULT 'pending',
    produced INTEGER NOT NULL DEFAULT 0,
    error TEXT,                 -- JSON: ErrorData
    UNIQUE (job_id, name)
  ) STRICT;

  CREATE TABLE item (
    id INTEGER PRIMARY KEY,     -- the order of production
    step_id INTEGER NOT NULL REFERENCES step (id),
    key BLOB NOT NULL,          -- the bytes of a name
    payload TEXT NOT NULL,      -- JSON
    weight INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state INTEGER NOT NULL,     -- StateCode
    attempt INTEGER NOT NULL,   -- of the job, that produced it last
    failures INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER,
    checkpoint TEXT,            -- JSON
    result TEXT,                -- JSON
    error TEXT,                 -- JSON: ErrorData
    reason TEXT                 -- JSON string
  ) STRICT;
  CREATE UNIQUE INDEX item_by_key ON item (step_id, key);
  -- Everything but what is done: small when there is much to remember and little to do.
  CREATE INDEX item_open ON item (step_id, state, priority DESC, id) WHERE state <> 2;
  CREATE INDEX item_due ON item (step_id, not_before_ms) WHERE state = 1;
  `,
  `
  ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE job ADD COLUMN source_star_id TEXT;
  ALTER TABLE job ADD COLUMN dest_star_id TEXT;
  CREATE INDEX job_by_state ON job (state, id);
  `,
  `
  CREATE TABLE output (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL,   -- counts only while that item is done
    sequence INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX output_by_item ON output (item_id, sequence);
  `,
  `
  ALTER TABLE job ADD COLUMN tallies TEXT;  -- JSON: numbers by name
  `,
  `
  ALTER TABLE job ADD COLUMN report TEXT;   -- JSON: what its kind says of it
  CREATE TABLE log (
    id INTEGER PRIMARY KEY,     -- the order in which it was told
    job_id TEXT NOT NULL REFERENCES job (id),
    data BLOB NOT NULL
  ) STRICT;
  CREATE INDEX log_by_job ON log (job_id, id);
  `,
  `
  ALTER TABLE job ADD COLUMN items_below INTEGER; -- all ids of its items are; once it is over
  `,
  `
  -- Done items, many to a row: an index on each one's key would cost more than the item.
  CREATE TABLE item_pack (
    id INTEGER PRIMARY KEY,     -- the highest of its items' ids
    first_id INTEGER NOT NULL,  -- the lowest; packs overlap
    step_id INTEGER NOT NULL REFERENCES step (id),
    attempt INTEGER NOT NULL,
    items INTEGER NOT NULL,
    weight INTEGER NOT NULL,    -- of all of them
    data TEXT NOT NULL          -- JSON: PackedItem[]
  ) STRICT;
  CREATE INDEX item_pack_by_step ON item_pack (step_id, first_id);
  `,
];

/** What `jobs.db` is. */
export const JOB_DATABASE: Schema = {
  name: "job database",
  applicationId: APPLICATION_ID,
  migrations: MIGRATIONS,
  remedy: "move it and the files named like it elsewhere, and start the job anew",
  survives: "process",
};
