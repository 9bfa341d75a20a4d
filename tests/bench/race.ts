/** Runs a row: Orbit and its peer in turns, so that what disturbs the machine disturbs both. */
import { type Command, peakMemory, timeCommand, type Timing } from "./measure.ts";
import type { PackedOrbit } from "./packed_orbit.ts";
import type { Place, Row } from "./rows.ts";

/** One side's figures: medians over the timed runs, memory from the warm-up. */
export interface Side extends Timing {
  peakBytes: number;
  runs: Timing[];
}

/** A row's outcome. */
export interface Outcome {
  orbit: Side;
  peer: Side;
  /** What the bar is about: wall time over the peer's, or Orbit's bytes over the bar's. */
  ratio: number;
  isMet: boolean;
}

type Contender = "orbit" | "peer";

/** How a row is run. */
export interface RaceOptions {
  program: PackedOrbit;
  /** Where the data is; ends in "/". */
  source: string;
  /** For copies. */
  folder: string;
  /** Each run has a new home in it. */
  homes: string;
  runs: number;
}

/** Runs a row. */
export async function race(
  row: Row,
  options: RaceOptions,
): Promise<Outcome> {
  const { program } = options;
  const place = { source: options.source, target: `${options.folder}/target/`, home: "" };
  if (row.keptTarget !== undefined) {
    emptyFolder(place.target);
    await timeCommand({ argv: row.keptTarget(place) });
  }
  const run = async <T>(who: Contender, measure: (command: Command) => Promise<T>) => {
    const home = `${options.homes}/home`;
    emptyFolder(home);
    if (row.keptTarget === undefined) emptyFolder(place.target);
    const here = { ...place, home };
    return await measure(
      who === "orbit" ? program.command(row.orbit(here), home) : await preparePeer(row, here),
    );
  };
  const peaks = { orbit: await run("orbit", peakMemory), peer: await run("peer", peakMemory) };
  const runs: Record<Contender, Timing[]> = { orbit: [], peer: [] };
  for (let i = 0; i < options.runs; i++) {
    runs.orbit.push(await run("orbit", timeCommand));
    runs.peer.push(await run("peer", timeCommand));
  }
  Deno.removeSync(place.target, { recursive: true });
  return judge(row, toSide(runs.orbit, peaks.orbit), toSide(runs.peer, peaks.peer));
}

async function preparePeer(row: Row, place: Place): Promise<Command> {
  const { argv, env, before } = row.peer(place);
  if (before !== undefined) await timeCommand({ argv: before, env });
  return { argv, env };
}

/** Whether the bar is met; exported for its test. */
export function judge({ bar }: Pick<Row, "bar">, orbit: Side, peer: Side): Outcome {
  if (bar.kind === "memory") {
    const ratio = orbit.peakBytes / bar.atMostBytes;
    return { orbit, peer, ratio, isMet: ratio <= 1 };
  }
  const ratio = orbit.wallSeconds / peer.wallSeconds;
  return { orbit, peer, ratio, isMet: ratio <= bar.atMost };
}

function toSide(runs: Timing[], peakBytes: number): Side {
  return {
    wallSeconds: median(runs.map((run) => run.wallSeconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakBytes,
    runs,
  };
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

function emptyFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(path, { recursive: true });
}
