/** What `star.toml` may hold. */
import { optional, union } from "valibot";
import {
  absolutePath,
  choice,
  flag,
  integer,
  list,
  listenAddress,
  parsed,
  peerAddress,
  section,
  size,
  table,
} from "#core/config/mod.ts";
import { LEAST_RATE, parseDays, parseRateText, parseTimeOfDay } from "#core/bandwidth/timetable.ts";
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

/** A limit that is none has no number. */
function rate() {
  return parsed(
    `a rate such as "20M" (MiB a second), "512" (KiB) or "off", at least ${LEAST_RATE} bytes`,
    (text) => {
      const bytesPerSecond = parseRateText(text);
      return Number.isNaN(bytesPerSecond) ? undefined : { bytesPerSecond };
    },
  );
}

/** An entry of the timetable. */
const entryTable = table({
  /** The days on which it begins. */
  days: optional(
    parsed('days such as "mon-fri" or "sat,sun"', (text) => {
      const days = parseDays(text);
      return days.length === 0 ? undefined : days;
    }),
    "sun-sat",
  ),
  /** When it begins and ends, by the machine's local time; after midnight when to is before from. */
  from: optional(timeOfDay(), "00:00"),
  to: optional(timeOfDay(), "24:00"),
  /** The limit both ways, or one for each. */
  rate: optional(rate()),
  upload: optional(rate()),
  download: optional(rate()),
});

function timeOfDay() {
  return parsed('a time of day from "00:00" to "24:00"', (text) => {
    const minutes = parseTimeOfDay(text);
    return Number.isNaN(minutes) ? undefined : minutes;
  });
}

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
    /** What Direct Links may give to, and take from, other Stars each second, all together. */
    upload: optional(rate(), "off"),
    download: optional(rate(), "off"),
    /** Other limits at other times; the first entry that holds counts. */
    timetable: optional(list(entryTable, { most: 100 }), []),
  }),
  universe: section({
    /** Whether the Star remembers which chunks its files are made of. */
    enabled: optional(flag(), true),
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
