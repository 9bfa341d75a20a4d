/** `deno task bench:universe`: the dedup index, filled and asked, in this very process. */
import process from "node:process";
import { parseArgs } from "node:util";
import { createChunkIndexHeader, parametersFor } from "#core/cdc/mod.ts";
import { type ChunkedFile, openUniverse, type Universe } from "#core/universe/mod.ts";

const HELP = `deno task bench:universe [--chunks=N] [--folder=PATH] [--json]

Puts N chunks (1,000,000) into a new universe, in files of 1 to 1,000 chunks, 4,096 chunks or more
in a commit; opens it again, looks chunks up in several ways, and removes a tenth of the files. Each
figure is a rate per second of the clock, and of this process's processor time: on a busy machine
the second says more. Memory is that of the whole process (resident, at its highest), whose young
objects get 2 MB at a time (--max-semi-space-size=2): V8 takes 70 MB more if it is let.

  --chunks=N     bars are judged at 10,000,000
  --folder=PATH  where the universe is made, and removed again (a temporary folder)
  --json         one JSON object instead of the table

Ends with status 1 when a bar is missed, 2 on a wrong option.`;

/** The chunks for which bars hold. */
const JUDGED_CHUNKS = 10_000_000;
const COMMIT_CHUNKS = 4096;
const STAR = "star-1";

interface Line {
  id: string;
  work: string;
  count: number;
  wallSeconds: number;
  cpuSeconds: number;
  /** Per second. */
  bar?: number;
}

function main(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: {
      chunks: { type: "string", default: "1000000" },
      folder: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const chunks = Number(values.chunks);
  if (!Number.isInteger(chunks) || chunks < 10_000) {
    throw new Error(`--chunks "${values.chunks}": not a count from 10,000 on`);
  }
  const folder = Deno.makeTempDirSync({ dir: values.folder, prefix: "bench-universe-" });
  try {
    return report(measure(folder, chunks), chunks, values.json);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

interface Outcome {
  lines: Line[];
  longestPutMs: number;
  peakBytes: number;
  databaseBytes: number;
  runs: number;
}

function measure(folder: string, chunks: number): Outcome {
  const lines: Line[] = [];
  const plan = new Plan(chunks);
  const { line, longestPutMs } = fill(folder, plan);
  lines.push({ ...line, count: chunks });
  let universe!: Universe;
  const opened = time(() => universe = openUniverse(folder));
  lines.push({ id: "open", work: "open it again", count: 1, ...opened });
  const { runs } = universe.counts();
  lines.push(...LOOK_UPS.map((row) => lookUpRow(universe, plan, row)));
  const removal = time(() => {
    for (let file = 0; file < plan.files; file += 10) universe.removeFile(STAR, plan.path(file));
  });
  const count = Math.ceil(plan.files / 10);
  lines.push({ id: "remove", work: "files removed, a commit each", count, ...removal });
  const upkeep = time(() => {
    while (universe.maintain());
  });
  lines.push({ id: "maintain", work: "all upkeep after that", count: 1, ...upkeep });
  universe[Symbol.dispose]();
  const databaseBytes = Deno.statSync(`${folder}/universe_v3.db`).size;
  return { lines, longestPutMs, peakBytes: peakMemory(), databaseBytes, runs };
}

/** Files of 1 to 1,000 chunks, evenly spread over the magnitudes; kept small, for memory's sake. */
class Plan {
  /** Where each file's chunks start; one more at the end. */
  readonly #firsts: Uint32Array;
  readonly files: number;

  constructor(readonly chunks: number) {
    const firsts = [0];
    for (let first = 0; first < chunks;) {
      const count = Math.floor(1000 ** (mix(firsts.length) / 2 ** 32));
      firsts.push(first = Math.min(chunks, first + count));
    }
    this.#firsts = Uint32Array.from(firsts);
    this.files = firsts.length - 1;
  }

  path(file: number): string {
    return `/srv/projects/folder-${Math.floor(file / 100)}/some file of usual length ${file}.dat`;
  }

  countOf(file: number): number {
    return this.#firsts[file + 1] - this.#firsts[file];
  }

  toFile(file: number): ChunkedFile {
    const first = this.#firsts[file], count = this.countOf(file);
    const lengths = new Uint32Array(count).fill(64 * 1024);
    const chunks = { offset: 0, lengths, hashes: hashes(count, (n) => first + n) };
    const header = createChunkIndexHeader(chunks, parametersFor(0));
    const version = `${count * 65536}:1763731607.${
      123456789 + file
    }:1763731607.123456789:8.1:${file}`;
    const content = hashes(1, () => 2 ** 28 + file);
    return { star: STAR, path: this.path(file), version, content, header, chunks };
  }
}

function fill(folder: string, plan: Plan): { line: Line; longestPutMs: number } {
  using universe = openUniverse(folder);
  let wallSeconds = 0, cpuSeconds = 0, longestPutMs = 0;
  for (let from = 0, to = 0; from < plan.files; from = to) {
    const batch: ChunkedFile[] = [];
    for (let sum = 0; to < plan.files && sum < COMMIT_CHUNKS; sum += plan.countOf(to++)) {
      batch.push(plan.toFile(to));
    }
    const took = time(() => universe.put(batch));
    wallSeconds += took.wallSeconds;
    cpuSeconds += took.cpuSeconds;
    longestPutMs = Math.max(longestPutMs, took.wallSeconds * 1000);
  }
  const work = "chunks put";
  return { line: { id: "put", work, count: 0, wallSeconds, cpuSeconds, bar: 1e5 }, longestPutMs };
}

interface LookUpRow {
  id: string;
  work: string;
  batch: number;
  /** The number of the chunk that comes next in a batch; those below 0 are in no file. */
  next: (random: number, chunks: number) => number;
  /** Go through whole files instead. */
  inOrder?: boolean;
  bar?: number;
}

const MISS = (random: number) => -1 - Math.floor(random * 2 ** 27);
const HIT = (random: number, chunks: number) => Math.floor(random * chunks);
const EITHER = (random: number, chunks: number) =>
  random < 0.5 ? HIT(2 * random, chunks) : MISS(random * 2 - 1);

const LOOK_UPS: LookUpRow[] = [
  {
    id: "misses",
    work: "look-ups of unknown chunks, 4,096 at once",
    batch: 4096,
    next: MISS,
    bar: 2e5,
  },
  {
    id: "files",
    work: "look-ups of whole files' chunks, 4,096 at once",
    batch: 4096,
    next: HIT,
    inOrder: true,
    bar: 2e5,
  },
  {
    id: "mixed",
    work: "look-ups of random chunks, half known, 4,096 at once",
    batch: 4096,
    next: EITHER,
    bar: 2e5,
  },
  {
    id: "hits",
    work: "look-ups of random known chunks, 4,096 at once",
    batch: 4096,
    next: HIT,
    bar: 2e5,
  },
  {
    id: "hits-64k",
    work: "look-ups of random known chunks, 65,536 at once",
    batch: 65536,
    next: HIT,
    bar: 2e5,
  },
  { id: "hits-64", work: "look-ups of random known chunks, 64 at once", batch: 64, next: HIT },
];

function lookUpRow(universe: Universe, plan: Plan, row: LookUpRow): Line {
  const { id, work, batch, next, inOrder, bar } = row;
  const { chunks } = plan;
  const rounds = Math.max(8, Math.floor(4e5 / batch));
  const seed = mix(id.length * 1000 + batch);
  let wallSeconds = 0, cpuSeconds = 0, found = 0;
  for (let round = 0; round < rounds; round++) {
    const start = HIT(mix(seed + round) / 2 ** 32, chunks - batch);
    const numbers = (n: number) =>
      inOrder ? start + n : next(mix(seed + round * batch + n) / 2 ** 32, chunks);
    const wanted = hashes(batch, numbers);
    const took = time(() => {
      const places = universe.lookUp(wanted);
      for (let i = 0; i < batch; i++) if (places.has(i)) found++;
    });
    wallSeconds += took.wallSeconds;
    cpuSeconds += took.cpuSeconds;
  }
  const count = rounds * batch;
  const expected = next === MISS ? 0 : next === HIT ? count : count / 2;
  if (Math.abs(found - expected) > count / 50) throw new Error(`${id}: ${found} of ${count} found`);
  return { id, work, count, wallSeconds, cpuSeconds, bar };
}

/** Hashes whose first 32 bits are one to one with their number. */
function hashes(count: number, number: (index: number) => number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(count * 8);
  for (let i = 0; i < count; i++) {
    const n = number(i);
    for (let word = 0; word < 8; word++) words[i * 8 + word] = mix(n * 8 + word);
  }
  return new Uint8Array(words.buffer);
}

/** A number from 0 to before 2³², one to one with the lower 32 bits of what goes in (splitmix32). */
function mix(value: number): number {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function time(action: () => void): { wallSeconds: number; cpuSeconds: number } {
  const cpu = process.cpuUsage();
  const start = performance.now();
  action();
  const wallSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

/** The most that this process had in memory at any time. */
function peakMemory(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

const MEMORY_BAR = 300e6;

function report(outcome: Outcome, chunks: number, json: boolean): number {
  const { lines, longestPutMs, peakBytes, databaseBytes, runs } = outcome;
  const isJudged = chunks >= JUDGED_CHUNKS;
  const met = lines.every(({ bar, count, wallSeconds }) => !bar || count / wallSeconds >= bar) &&
    peakBytes < MEMORY_BAR;
  if (json) console.log(JSON.stringify({ chunks, ...outcome, isJudged, met }));
  else {
    console.log(
      "| work | count | per second | per processor second | bar |\n|---|---|---|---|---|",
    );
    for (const { work, count, wallSeconds, cpuSeconds, bar } of lines) {
      const rate = count === 1 ? `${wallSeconds.toFixed(2)} s` : rounded(count / wallSeconds);
      const cpu = count === 1 ? `${cpuSeconds.toFixed(2)} s` : rounded(count / cpuSeconds);
      console.log(
        `| ${work} | ${rounded(count)} | ${rate} | ${cpu} | ${bar ? rounded(bar) : ""} |`,
      );
    }
    console.log(`| memory, at its highest | | ${rounded(peakBytes / 1e6)} MB | | 300 MB |`);
    console.log(`| database | | ${rounded(databaseBytes / 1e6)} MB, ${runs} runs | | |`);
    console.log(`| longest put | | ${rounded(longestPutMs)} ms | | |`);
  }
  return isJudged && !met ? 1 : 0;
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString("en-GB");
}

try {
  Deno.exitCode = main(Deno.args);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  Deno.exitCode = 2;
}
