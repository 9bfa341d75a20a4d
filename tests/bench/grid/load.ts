/** Many Stars on one Nucleus: heartbeats, and jobs meanwhile. */
import { wallMs } from "./clock.ts";
import { NucleusProcess } from "./nucleus_process.ts";
import { BenchProcess, benchProgram, memoryOf, processorMs } from "./process.ts";
import { summarize, type Summary } from "./samples.ts";
import { JOB_FOLDERS, type StarsOrder, type StarsReport } from "./stars_order.ts";

/** How much load. */
export interface LoadSettings {
  stars: number;
  /** Processes that the Stars are spread over. */
  processes: number;
  jobsPerSecond: number;
  /** How long each of the two parts is measured: without jobs, and with. */
  seconds: number;
}

/** What was measured while the Stars were connected. */
export interface LoadPart {
  /** Milliseconds in the Nucleus: see `watch_sockets.ts`. */
  heartbeat: Summary;
  /** Milliseconds as Stars see it. */
  roundTrip: Summary;
  /** Milliseconds that the Nucleus's timers were late by. */
  delay: Summary;
  /** Milliseconds from a job's request leaving for REST to its first call at the Star. */
  dispatch?: Summary;
  /** Of one processor, 0 to 1 and above. */
  nucleusProcessor: number;
}

export interface LoadOutcome {
  joinsPerSecond: number;
  connectsPerSecond: number;
  quiet: LoadPart;
  busy: LoadPart;
  residentBytes: number;
  peakBytes: number;
}

/** Runs the load in a folder of its own. */
export async function runLoad(
  folder: string,
  settings: LoadSettings,
  flags: readonly string[] = [],
): Promise<LoadOutcome> {
  await using nucleus = await NucleusProcess.start(folder, { watched: true, flags });
  await using stars = new Stars(settings.processes);
  const joinsPerSecond = await stars.join(nucleus, settings.stars);
  const connectsPerSecond = await stars.connect(settings.stars);
  const quiet = await measure(nucleus, stars, settings.seconds);
  const busy = await measure(nucleus, stars, settings.seconds, settings.jobsPerSecond);
  const { resident, peak } = memoryOf(nucleus.pid);
  return {
    ...{ joinsPerSecond, connectsPerSecond, quiet, busy },
    ...{ residentBytes: resident, peakBytes: peak },
  };
}

/** The processes with the Stars. */
class Stars implements AsyncDisposable {
  readonly #processes: BenchProcess[];
  /** Ids, by process. */
  #ids: string[][] = [];

  constructor(processes: number) {
    this.#processes = Array.from(
      { length: processes },
      () => new BenchProcess(benchProgram("stars.ts")),
    );
  }

  /** Has them adopted; how many a second. */
  async join(nucleus: NucleusProcess, count: number): Promise<number> {
    const tokens: string[] = [];
    for (let i = 0; i < count; i++) tokens.push(await nucleus.createToken());
    const startedAt = performance.now();
    this.#ids = await this.#ask<string[]>((index) => ({
      do: "join",
      nucleus: nucleus.address,
      tokens: tokens.filter((_, i) => i % this.#processes.length === index),
    }));
    return count / (performance.now() - startedAt) * 1000;
  }

  /** Opens their control streams; how many a second. */
  async connect(count: number): Promise<number> {
    const startedAt = performance.now();
    await this.#ask(() => ({ do: "connect" }));
    return count / (performance.now() - startedAt) * 1000;
  }

  /** The Star that a job goes to: another one each time, all in turns. */
  starOf(job: number): { id: string; process: number } {
    const process = job % this.#ids.length;
    const ids = this.#ids[process];
    return { id: ids[Math.floor(job / this.#ids.length) % ids.length], process };
  }

  report(): Promise<StarsReport[]> {
    return this.#ask<StarsReport>(() => ({ do: "report" }));
  }

  #ask<T>(order: (index: number) => StarsOrder): Promise<T[]> {
    return Promise.all(this.#processes.map((process, index) => process.ask<T>(order(index))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
  }
}

async function measure(
  nucleus: NucleusProcess,
  stars: Stars,
  seconds: number,
  jobsPerSecond = 0,
): Promise<LoadPart> {
  await Promise.all([nucleus.report(), stars.report()]);
  const startedAt = performance.now(), processorBefore = processorMs(nucleus.pid);
  const jobs = jobsPerSecond > 0 ? submitJobs(nucleus, stars, jobsPerSecond, seconds) : [];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const submitted = await jobs;
  const elapsedMs = performance.now() - startedAt;
  const nucleusProcessor = (processorMs(nucleus.pid) - processorBefore) / elapsedMs;
  const { heartbeats, delays } = await nucleus.report();
  const reports = await stars.report();
  const dispatches = submitted.map(({ path, process, sentAt }) =>
    reports[process].received[path] - sentAt
  );
  return {
    heartbeat: summarize(heartbeats),
    roundTrip: summarize(reports.flatMap(({ roundTrips }) => roundTrips)),
    delay: summarize(delays),
    dispatch: jobsPerSecond > 0 ? summarize(dispatches) : undefined,
    nucleusProcessor,
  };
}

interface SubmittedJob {
  path: string;
  process: number;
  /** When its request was sent; see `wallMs`. */
  sentAt: number;
}

/** Submits jobs at a steady rate, scans and hashes in turns. */
async function submitJobs(
  nucleus: NucleusProcess,
  stars: Stars,
  perSecond: number,
  seconds: number,
): Promise<SubmittedJob[]> {
  const jobs: SubmittedJob[] = [];
  const answers: Promise<unknown>[] = [];
  const startedAt = performance.now();
  const count = Math.min(JOB_FOLDERS, Math.floor(perSecond * seconds));
  for (let job = 0; job < count; job++) {
    const dueMs = startedAt + job / perSecond * 1000 - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const { id, process } = stars.starOf(job);
    const path = `/data/${job}`;
    jobs.push({ path, process, sentAt: wallMs() });
    const kind = job % 2 === 0 ? "scan" : "hash";
    answers.push(nucleus.submit({ kind, at: { star: id, path } }));
  }
  await Promise.all(answers);
  return jobs;
}
