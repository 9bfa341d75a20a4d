/** What `star.toml` may hold. */
import { optional, union } from "valibot";
import {
  absolutePath,
  choice,
  flag,
  integer,
  list,
  listenAddress,
  peerAddress,
  section,
  size,
  table,
} from "#core/config/mod.ts";
import { NUCLEUS_PORT, STAR_PORT } from "./ports.ts";

/** A root with its directions; a path alone means both. */
const rootTable = table({
  /** A directory that exists. */
  path: absolutePath(),
  /** Whether files below it may be read. */
  read: optional(flag(), true),
  /** Whether files below it may be made, changed and removed. */
  write: optional(flag(), true),
});

/** The schema of `star.toml`; `star.toml` beside this file is the commented sample. */
export const starSchema = table({
  security: section({
    /** The only places that this Star opens to the grid. */
    allowed_paths: list(
      union([absolutePath(), rootTable], 'a path in quotes, or a table with "path"'),
      { least: 1, most: 256 },
    ),
  }),
  nucleus: section({
    /** Where the Nucleus is; left out, where it was when the Star joined. */
    address: optional(peerAddress({ defaultPort: NUCLEUS_PORT })),
  }),
  listen: section({
    /** Where the Star listens for calls; left out, it only dials out. */
    address: optional(listenAddress()),
    /** The address that others are told to reach it at; left out, the one it listens on. */
    advertise: optional(peerAddress({ defaultPort: STAR_PORT })),
  }),
  limits: section({
    /** Calls served at once; more are refused as exhausted. */
    concurrent_calls: optional(integer({ least: 1, most: 4096 }), 64n),
    /** The longest range that one call may ask a hash of. */
    hash_size: optional(size({ least: "1 MiB", most: "1024 TiB" }), "1 TiB"),
  }),
  state: section({
    /** Where identity, key and journal are kept; left out, the program's default. */
    directory: optional(absolutePath()),
  }),
  log: section({
    /** The least important lines that are written. */
    level: optional(choice(["debug", "info", "warn", "error"]), "info"),
    /** Lines for people, or one JSON object a line. */
    format: optional(choice(["text", "json"]), "text"),
  }),
});
