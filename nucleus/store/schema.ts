/**
 * The tables of `grid.db`, as the numbered steps that lead from each version to the next.
 * A released migration is never edited: what changes comes as a new one.
 */
import type { Schema } from "#core/sqlite/mod.ts";
import { AUDIT_TABLES } from "../audit/mod.ts";

const FIRST_TABLES = `
  CREATE TABLE star (
    id TEXT PRIMARY KEY,                -- UUID
    name TEXT NOT NULL UNIQUE,
    constellation TEXT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('pending', 'active', 'draining', 'revoked')),
    hostname TEXT NOT NULL,
    version TEXT NOT NULL,
    platform TEXT,
    address TEXT,                       -- HOST:PORT when it listens
    capabilities TEXT NOT NULL,         -- JSON
    roots TEXT NOT NULL,                -- JSON: what it says it serves
    granted_roots TEXT NOT NULL,        -- JSON: what its join token named
    walls TEXT,                         -- JSON
    joined_ms INTEGER NOT NULL,
    joined_from TEXT,
    heartbeat_ms INTEGER,
    heartbeat TEXT,                     -- JSON
    serial TEXT                         -- of its present certificate
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX star_by_constellation ON star (constellation, name);

  -- Kept until they expire, whatever becomes of the Star.
  CREATE TABLE certificate (
    serial TEXT PRIMARY KEY,
    star_id TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    not_after_ms INTEGER NOT NULL,
    revoked_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX certificate_by_star ON certificate (star_id);
  CREATE INDEX certificate_by_end ON certificate (not_after_ms);

  CREATE TABLE join_token (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    name TEXT,
    constellation TEXT NOT NULL,
    roots TEXT NOT NULL,                -- JSON
    approves INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms INTEGER,
    used_by TEXT,                       -- a Star's id
    revoked_ms INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    constellations TEXT,                -- JSON; NULL for all
    path_prefixes TEXT,                 -- JSON; NULL for all
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    last_used_ms INTEGER,
    revoked_ms INTEGER
  ) STRICT, WITHOUT ROWID;
`;

const REFUSED_ADDRESS = `
  ALTER TABLE star ADD COLUMN refused_address TEXT;  -- JSON: where it isn't dialled, and why
`;

/** What `grid.db` is. Marked "ORBG". */
export const GRID_DATABASE: Schema = {
  name: "grid database",
  applicationId: 0x4f524247,
  migrations: [FIRST_TABLES + AUDIT_TABLES, REFUSED_ADDRESS],
  owner: "orbit-nucleus",
  remedy: "keep a copy of the folder, and put grid.db back from a backup; without one, move it " +
    "and the files named like it elsewhere: the grid then begins anew, and every Star has to join " +
    "again",
  survives: "machine",
};
