/** Work on a real Star's files: scans against the local command, hashing, and being idle. */
import { parsePeerAddress } from "#core/config/mod.ts";
import { Meter } from "../../../tools/demo/meter.ts";
import { orbitCommand, orbitEnvironment } from "../../support/run.ts";
import { timeCommand } from "../measure.ts";
import { median } from "../race.ts";
import { NucleusProcess } from "./nucleus_process.ts";
import { type Memory, memoryOf, processorMs } from "./process.ts";
import { StarProcess } from "./star_process.ts";

/** Places: one for the programs' folders, which are on a disk, and one for data. */
export interface Places {
  folder: string;
  data: string;
}

/** A scan of the same tree by a job, in turns with the local command: medians, in seconds. */
export interface ScanOutcome {
  remoteSeconds: number;
  localSeconds: number;
  ratio: number;
  entries: number;
}

/** How a Star is reached. */
export type Way = "stream" | "direct";

export async function runScan(
  { folder, data }: Places,
  way: Way,
  runs: number,
): Promise<ScanOutcome> {
  await using nucleus = await NucleusProcess.start(folder);
  const listen = way === "direct" ? `127.0.0.1:${freePort()}` : undefined;
  await using star = await StarProcess.start(nucleus, {
    folder: `${folder}/star`,
    allow: data,
    listen,
  });
  const local = { argv: orbitCommand(["scan", data]), env: orbitEnvironment(folder) };
  const request = { kind: "scan" as const, at: { star: star.id, path: data } };
  const remote: number[] = [], locals: number[] = [];
  let entries = 0;
  for (let run = 0; run <= runs; run++) {
    const startedAt = performance.now();
    const job = await nucleus.run(request);
    const remoteSeconds = (performance.now() - startedAt) / 1000;
    const { wallSeconds } = await timeCommand(local);
    if (run === 0) {
      // To warm up, and to see that all of it came.
      entries = await nucleus.countEntries(job);
      continue;
    }
    remote.push(remoteSeconds);
    locals.push(wallSeconds);
  }
  const remoteSeconds = median(remote), localSeconds = median(locals);
  return { remoteSeconds, localSeconds, ratio: remoteSeconds / localSeconds, entries };
}

/** Hashing a file on a Star. */
export interface HashOutcome {
  seconds: number;
  /** Of all connections between Star and Nucleus, both ways, while the job ran. */
  wireBytes: number;
  nucleusProcessorSeconds: number;
}

export async function runHash({ folder, data }: Places): Promise<HashOutcome> {
  await using nucleus = await NucleusProcess.start(folder);
  await using proxy = new Meter(parsePeerAddress(nucleus.address, 0)!.port);
  await using star = await StarProcess.start(nucleus, {
    folder: `${folder}/star`,
    allow: data,
    hub: proxy.address,
  });
  const bytesBefore = proxy.bytes, processorBefore = processorMs(nucleus.pid);
  const startedAt = performance.now();
  await nucleus.run({ kind: "hash", at: { star: star.id, path: `${data}/file` } });
  return {
    seconds: (performance.now() - startedAt) / 1000,
    wireBytes: proxy.bytes - bytesBefore,
    nucleusProcessorSeconds: (processorMs(nucleus.pid) - processorBefore) / 1000,
  };
}

/** What programs hold that have nothing to do. */
export interface IdleOutcome {
  star: Memory;
  nucleus: Memory;
  /** A Star that listens, too. */
  listeningStar: Memory;
}

export async function runIdle({ folder, data }: Places, seconds: number): Promise<IdleOutcome> {
  await using nucleus = await NucleusProcess.start(folder);
  const idle = async (name: string, listen?: string) => {
    await using star = await StarProcess.start(nucleus, {
      folder: `${folder}/${name}`,
      allow: data,
      listen,
    });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return memoryOf(star.pid);
  };
  const star = await idle("star");
  const memory = memoryOf(nucleus.pid);
  return { star, nucleus: memory, listeningStar: await idle("other", `127.0.0.1:${freePort()}`) };
}

/** A port of this machine that nobody listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
