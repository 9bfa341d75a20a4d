/** The options of `orbit chunk`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseCount, parseSize } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** What the options add up to; sizes in bytes. */
export interface ChunkSettings {
  json: boolean;
  /** Only totals. */
  summary: boolean;
  average?: number;
  jobs?: number;
}

/** The settings before any option. */
export function initialChunkSettings(): ChunkSettings {
  return { json: false, summary: false };
}

const group = "Options";

/** Options of `orbit chunk`. */
export const chunkOptions: readonly Option<ChunkSettings>[] = [
  {
    name: "average",
    value: "SIZE",
    completes: "none",
    group,
    help: "cut chunks of SIZE on average, from a quarter of it to four times as much " +
      "(default 64K; more for files above 1 GiB)",
    apply: (settings, value) => settings.average = parseSize("--average", value),
  },
  {
    name: "summary",
    short: "s",
    group,
    help: "print only totals over all files: chunks, their mean size, unique bytes",
    apply: (settings) => settings.summary = true,
  },
  {
    name: "json",
    group,
    help: "one JSON object a line on standard output, and nothing else there",
    apply: (settings) => settings.json = true,
  },
  {
    name: "jobs",
    value: "N",
    completes: "none",
    group,
    help: "work on N parts at a time, 1 to 64 (default: as many as there are cores)",
    apply: (settings, value) => settings.jobs = parseCount("--jobs", value, { least: 1, most: 64 }),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit chunk`. */
export const chunkDescription: CommandDescription = {
  name: "chunk",
  summary: "cut files where their content says, and hash the pieces",
  forms: ["[OPTION]… FILE…"],
  about: [
    "Cuts each file into content-defined chunks (FastCDC) and prints offset, length and BLAKE3 " +
    "hash of each, a line for a chunk: equal stretches of two files give equal chunks. Exit " +
    "status 23 when a file could not be read.",
  ],
  options: chunkOptions,
  examples: [
    { does: "The chunks of a disk image", line: "orbit chunk disk.img" },
    {
      does: "How many two versions share",
      line: "orbit chunk v1.img v2.img | cut -d' ' -f3 | sort | uniq -d | wc -l",
    },
    { does: "How many bytes a store would need", line: "orbit chunk --summary v1.img v2.img" },
  ],
  completes: "file",
};
