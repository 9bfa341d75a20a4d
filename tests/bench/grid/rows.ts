/** What is measured on the grid, and which bars it has to meet. */
import { type Dataset, gibibyteFile, manyFiles } from "../datasets.ts";
import { type Places, runHash, runIdle, runScan, type ScanOutcome } from "./files.ts";
import { type LoadSettings, runLoad } from "./load.ts";

/** One figure of a row. */
export interface Figure {
  what: string;
  value: number;
  unit: "ms" | "s" | "KB" | "MB" | "MiB" | "/s" | "×" | "%" | "";
  /** The most that it may be. */
  bar?: number;
}

/** What a run is to be like. */
export interface Settings {
  /** Share of the Stars and of the data that there is at 1, which the bars are set for. */
  scale: number;
  runs: number;
}

/** A piece of work. */
export interface Row {
  id: string;
  work: string;
  /** What is beneath `Places.data`. */
  dataset?: Dataset;
  run(places: Places, settings: Settings): Promise<Figure[]>;
}

const MB = 1e6;

export const ROWS: readonly Row[] = [
  {
    id: "load",
    work: "1,000 Stars, a heartbeat every 5 s each, 20 jobs a second",
    run: ({ folder }, { scale }) => load(folder, loadAt(scale)),
  },
  {
    id: "scan",
    work: "job that scans 200,000 files on a Star, through its control stream",
    dataset: manyFiles,
    run: async (places, { runs }) => scanFigures(await runScan(places, "stream", runs)),
  },
  {
    id: "scan-direct",
    work: "the same on a Star that listens",
    dataset: manyFiles,
    run: async (places, { runs }) => scanFigures(await runScan(places, "direct", runs)),
  },
  {
    id: "hash",
    work: "job that hashes 1 GiB on a Star",
    dataset: gibibyteFile,
    run: async (places) => {
      const { seconds, wireBytes, nucleusProcessorSeconds } = await runHash(places);
      return [
        { what: "time", value: seconds, unit: "s" },
        { what: "bytes on the wire", value: wireBytes / MB, unit: "MB", bar: 1 },
        { what: "processor time of the Nucleus", value: nucleusProcessorSeconds, unit: "s" },
      ];
    },
  },
  {
    id: "idle",
    work: "memory after 30 s of nothing to do",
    run: async (places, { scale }) => {
      const { star, listeningStar, nucleus } = await runIdle(places, 30 * scale);
      return [
        { what: "Star, resident", value: star.resident / MB, unit: "MB" },
        { what: "Star, proportional", value: star.proportional / MB, unit: "MB" },
        { what: "Star that listens, resident", value: listeningStar.resident / MB, unit: "MB" },
        { what: "Nucleus, resident", value: nucleus.resident / MB, unit: "MB" },
      ];
    },
  },
];

function loadAt(scale: number): LoadSettings {
  const stars = Math.max(2, Math.round(1000 * scale));
  return {
    stars,
    processes: Math.min(4, stars),
    jobsPerSecond: 20,
    seconds: Math.max(2, 60 * scale),
  };
}

async function load(folder: string, settings: LoadSettings): Promise<Figure[]> {
  const { quiet, busy, ...outcome } = await runLoad(folder, settings);
  const ms = (what: string, value: number, bar?: number): Figure => (
    { what, value, unit: "ms", bar }
  );
  return [
    ms("heartbeat handled, p99", busy.heartbeat.p99, 10),
    ms("heartbeat handled without jobs, p99", quiet.heartbeat.p99, 10),
    ms("heartbeat's round trip as Stars see it, p99", busy.roundTrip.p99),
    ms("the same, half of them", busy.roundTrip.p50),
    ms("dispatch: REST request to the Star's call, p99", busy.dispatch!.p99, 50),
    ms("the same, half of them", busy.dispatch!.p50),
    ms("lateness of the Nucleus's timers, p99", busy.delay.p99),
    { what: "Nucleus, resident", value: outcome.residentBytes / MB, unit: "MB", bar: 300 },
    { what: "Nucleus, most resident", value: outcome.peakBytes / MB, unit: "MB", bar: 300 },
    { what: "Nucleus, of one processor", value: busy.nucleusProcessor * 100, unit: "%" },
    { what: "the same without jobs", value: quiet.nucleusProcessor * 100, unit: "%" },
    { what: "joins", value: outcome.joinsPerSecond, unit: "/s" },
    { what: "control streams opened", value: outcome.connectsPerSecond, unit: "/s" },
  ];
}

function scanFigures({ remoteSeconds, localSeconds, ratio, entries }: ScanOutcome): Figure[] {
  return [
    { what: "entries", value: entries, unit: "" },
    { what: "job, median", value: remoteSeconds, unit: "s" },
    { what: "orbit scan on the same machine, median", value: localSeconds, unit: "s" },
    { what: "ratio", value: ratio, unit: "×", bar: 2 },
  ];
}
