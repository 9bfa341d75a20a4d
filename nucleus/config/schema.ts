/** What `nucleus.toml` may hold. */
import { optional, union } from "valibot";
import {
  absolutePath,
  choice,
  duration,
  flag,
  hostName,
  integer,
  list,
  listenAddress,
  section,
  table,
} from "#core/config/mod.ts";

/** A place with its directions; a path alone may be read only. */
const rootTable = table({
  /** A directory that exists. */
  path: absolutePath(),
  /** Whether files below it may be read. */
  read: optional(flag(), true),
  /** Whether files below it may be made, changed and removed. */
  write: optional(flag(), false),
});

/** The schema of `nucleus.toml`; `nucleus.toml` beside this file is the commented sample. */
export const nucleusSchema = table({
  listen: section({
    /** Where Stars, people and programs reach the Nucleus: one port for all, by TLS 1.3. */
    address: optional(listenAddress(), ":50050"),
    /** Host names and IP addresses that the Nucleus's certificate is good for. */
    names: optional(list(hostName(), { most: 64 }), []),
  }),
  data: section({
    /** Where databases and keys are kept; left out, the program's default. */
    directory: optional(absolutePath()),
  }),
  files: section({
    /** The only places on this machine's own disks that jobs may touch; none unless named. */
    allowed_paths: optional(
      list(union([absolutePath(), rootTable], 'a path in quotes, or a table with "path"'), {
        most: 256,
      }),
      [],
    ),
  }),
  certificates: section({
    /** How long a Star's certificate is good for; it is renewed at two thirds of that. */
    star_lifetime: optional(duration({ least: "1m", most: "30d" }), "24h"),
  }),
  stars: section({
    /** Which addresses Stars may name for others to reach them at. */
    addresses: optional(choice(["any", "own"]), "any"),
  }),
  tokens: section({
    /** How long a join token is good for unless asked otherwise. */
    lifetime: optional(duration({ least: "1s", most: "1h" }), "1h"),
  }),
  limits: section({
    /**
     * Failed attempts to join, from all addresses together, that have an answer and an audit record
     * each; more are counted. Good tokens are always let in.
     */
    failed_joins_per_minute: optional(integer({ least: 1, most: 100_000 }), 300n),
  }),
  log: section({
    /** The least important lines that are written. */
    level: optional(choice(["debug", "info", "warn", "error"]), "info"),
    /** Lines for people, or one JSON object a line. */
    format: optional(choice(["text", "json"]), "text"),
  }),
});
