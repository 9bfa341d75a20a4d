/** The SQL of the registry. */
import type { Database } from "#core/sqlite/mod.ts";

const SELECT = `
  SELECT star.*, thumbprint, not_after_ms
  FROM star LEFT JOIN certificate USING (serial)`;

export function prepareStarStatements(database: Database) {
  return {
    insert: database.prepare(`
      INSERT INTO star (id, name, constellation, standing, hostname, version, capabilities, roots,
        granted_roots, joined_ms, joined_from)
      VALUES (?, ?, ?, ?, ?, ?, '[]', '[]', ?, ?, ?)`),
    byId: database.prepare(`${SELECT} WHERE star.id = ?`),
    byName: database.prepare(`${SELECT} WHERE name = ?`),
    page: database.prepare(`${SELECT}
      WHERE (?1 IS NULL OR standing = ?1)
        AND (?2 IS NULL OR constellation IN (SELECT value FROM json_each(?2)))
        AND name > ?3
      ORDER BY name LIMIT ?4`),
    isNameTaken: database.prepare("SELECT 1 FROM star WHERE name = ?"),
    rename: database.prepare("UPDATE star SET name = ? WHERE id = ?"),
    setStanding: database.prepare("UPDATE star SET standing = ? WHERE id = ?"),
    setSerial: database.prepare("UPDATE star SET serial = ? WHERE id = ?"),
    setHello: database.prepare(`
      UPDATE star SET version = ?, hostname = ?, platform = ?, address = ?, refused_address = ?,
        capabilities = ?, roots = ?, walls = ? WHERE id = ?`),
    setHeartbeat: database.prepare(`
      UPDATE star SET heartbeat_ms = ?, heartbeat = coalesce(?, heartbeat) WHERE id = ?`),
    remove: database.prepare("DELETE FROM star WHERE id = ?"),
    counts: database.prepare("SELECT standing, count(*) AS stars FROM star GROUP BY standing"),
  };
}

export type StarStatements = ReturnType<typeof prepareStarStatements>;
