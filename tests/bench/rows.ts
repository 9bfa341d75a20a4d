/** What is measured: each row is a piece of work, Orbit's command, a peer's, and the bar. */
import type { Peer } from "../../tools/peers.ts";
import {
  bigFile,
  type Dataset,
  hashFiles,
  manyFiles,
  millionFiles,
  smallFiles,
} from "./datasets.ts";

/** Places of one run; `target` and `home` are empty before each, unless the row keeps its target. */
export interface Place {
  source: string;
  target: string;
  home: string;
}

/** A peer's command line and what it needs around it. */
export interface PeerCommand {
  argv: string[];
  env?: Record<string, string>;
  /** Run before, not timed. */
  before?: string[];
}

/** One line of the table. */
export interface Row {
  id: string;
  work: string;
  dataset: Dataset;
  /** Bytes of `target` for each byte of data. */
  targetShare: number;
  /** How the kept target is made, when runs find work done already. */
  keptTarget?: (place: Place) => string[];
  /** What follows `orbit`. */
  orbit: (place: Place) => string[];
  peer: (place: Place) => PeerCommand;
  needs?: Peer;
  bar: Bar;
}

export type Bar =
  /** Orbit's wall time over the peer's. */
  | { kind: "ratio"; atMost: number }
  /** Orbit's memory. */
  | { kind: "memory"; atMostBytes: number };

const rsync = { command: "rsync", debian: "rsync", suites: "rows against rsync" };
const b3sum = { command: "b3sum", debian: "b3sum", suites: "rows against b3sum" };
const casync = { command: "casync", debian: "casync", suites: "rows against casync" };
const restic = { command: "restic", debian: "restic", suites: "rows against restic" };
const borg = { command: "borg", debian: "borgbackup", suites: "rows against borg" };

const rsyncCopy = ({ source, target }: Place) => ({ argv: ["rsync", "-a", source, target] });
const ratio = (atMost: number): Bar => ({ kind: "ratio", atMost });

/** All rows; those of one data set follow each other. */
export const ROWS: readonly Row[] = [
  {
    id: "small",
    work: "20,000 files of 4–24 KB, first copy",
    dataset: smallFiles,
    targetShare: 1,
    orbit: ({ source, target }) => ["sync", source, target],
    peer: rsyncCopy,
    needs: rsync,
    bar: ratio(1),
  },
  {
    id: "small-unverified",
    work: "the same with --verify=none",
    dataset: smallFiles,
    targetShare: 1,
    orbit: ({ source, target }) => ["sync", "--verify=none", source, target],
    peer: rsyncCopy,
    needs: rsync,
    bar: ratio(0.7),
  },
  {
    id: "big",
    work: "one 2 GiB file, first copy",
    dataset: bigFile,
    targetShare: 1,
    orbit: ({ source, target }) => ["sync", source, target],
    peer: rsyncCopy,
    needs: rsync,
    bar: ratio(0.4),
  },
  chunkRow("casync make", casync, ({ source, target }) => ({
    argv: [
      "casync",
      "make",
      `--store=${target}store.castr`,
      `${target}file.caibx`,
      `${source}file`,
    ],
  })),
  chunkRow("restic backup", restic, ({ source, target, home }) => ({
    argv: ["restic", "-r", `${target}repo`, "backup", `${source}file`],
    env: { RESTIC_PASSWORD: "bench", HOME: home },
    before: ["restic", "-r", `${target}repo`, "init"],
  })),
  chunkRow("borg create", borg, ({ source, target, home }) => ({
    argv: ["borg", "create", `${target}repo::bench`, `${source}file`],
    env: { BORG_BASE_DIR: home, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes" },
    before: ["borg", "init", "--encryption=none", `${target}repo`],
  })),
  {
    id: "idle",
    work: "nothing to do, 200,000 files",
    dataset: manyFiles,
    targetShare: 1,
    keptTarget: ({ source, target }) => ["rsync", "-a", source, target],
    orbit: ({ source, target }) => ["sync", source, target],
    peer: rsyncCopy,
    needs: rsync,
    bar: ratio(0.8),
  },
  {
    id: "scan",
    work: "scan --json of 200,000 files",
    dataset: manyFiles,
    targetShare: 0,
    orbit: ({ source }) => ["scan", "--json", source],
    peer: ({ source }) => ({ argv: ["find", source, "-printf", "%s %T@ %p\\n"] }),
    bar: ratio(1.5),
  },
  {
    id: "hash",
    work: "hash of 2 GiB in 200 files",
    dataset: hashFiles,
    targetShare: 0,
    orbit: ({ source }) => ["hash", ...filesIn(source)],
    peer: ({ source }) => ({ argv: ["b3sum", ...filesIn(source)] }),
    needs: b3sum,
    bar: ratio(1.2),
  },
  {
    id: "memory",
    work: "memory, dry run over 1,000,000 files",
    dataset: millionFiles,
    targetShare: 0,
    orbit: ({ source, target }) => ["sync", "-n", source, target],
    peer: ({ source, target }) => ({ argv: ["rsync", "-an", source, target] }),
    needs: rsync,
    bar: { kind: "memory", atMostBytes: 300e6 },
  },
];

/** Peers store what they chunk and hash; that is the least they can be asked for. */
function chunkRow(title: string, needs: Peer, peer: Row["peer"]): Row {
  return {
    id: `chunk-${needs.command}`,
    work: `chunk + hash of 2 GiB, against ${title}`,
    dataset: bigFile,
    targetShare: 1.1,
    orbit: ({ source }) => ["chunk", `${source}file`],
    peer,
    needs,
    bar: ratio(0.25),
  };
}

function filesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => directory + name);
}
