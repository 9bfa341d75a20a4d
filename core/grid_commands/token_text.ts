/** Tokens as text. */
import type { ApiTokenShape, JoinTokenShape } from "#core/grid_api/mod.ts";
import { escapeName } from "#core/names.ts";
import { formatTime } from "#core/program/output/format.ts";
import { textTable } from "#core/program/output/table.ts";

/** A table with a line for each join token. */
export function joinTokenTable(tokens: readonly JoinTokenShape[]): string[] {
  if (tokens.length === 0) return ["no join tokens"];
  return textTable(
    ["ID", "STATE", "UNTIL", "CONSTELLATION", "NAME", "APPROVES", "ROOTS"],
    tokens.map(({ id, state, expiresAtMs, constellation, name = "-", approved, roots }) =>
      [
        ...[id, state, formatTime(expiresAtMs), constellation, name, approved ? "yes" : "no"],
        roots.length === 0 ? "any" : roots.join(" "),
      ].map(escapeName)
    ),
  );
}

/** A table with a line for each API token. */
export function apiTokenTable(tokens: readonly ApiTokenShape[]): string[] {
  if (tokens.length === 0) return ["no API tokens"];
  return textTable(
    ["ID", "STATE", "ROLE", "UNTIL", "LAST USED", "SCOPE", "NAME"],
    tokens.map((token) => {
      const { id, state, role, name } = token;
      const times = [timeOf(token.expiresAtMs, "-"), timeOf(token.lastUsedAtMs, "-")];
      return [id, state, role, ...times, scopeOf(token), name].map(escapeName);
    }),
  );
}

/** What a join token that was just made is for. */
export function describeJoinToken(
  { id, name, constellation, approved, expiresAtMs }: JoinTokenShape,
) {
  const star = name === undefined ? "one Star" : `the Star ${name}`;
  const as = approved ? "active at once" : "pending until it is approved";
  return `join token ${id} lets ${star} into ${constellation}, ${as}; good until ` +
    `${formatTime(expiresAtMs)}, once; it isn't shown again`;
}

/** What an API token that was just made is for. */
export function describeApiToken(token: ApiTokenShape): string {
  const { id, role, expiresAtMs } = token;
  return `API token ${id} of the role ${role} (${scopeOf(token)}), good until ` +
    `${timeOf(expiresAtMs, "it is revoked")}; it isn't shown again`;
}

function scopeOf({ constellations, pathPrefixes }: ApiTokenShape): string {
  return [
    constellations === undefined ? "all constellations" : constellations.join(" "),
    ...pathPrefixes ?? [],
  ].join(", ");
}

function timeOf(ms: number | undefined, none: string): string {
  return ms === undefined ? none : formatTime(ms);
}
