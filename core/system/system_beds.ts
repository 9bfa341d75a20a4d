/** Places for the system suite to work in. */
import { openLibc } from "#core/posix/mod.ts";
import type { Disk } from "./disk.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { openLocalSystem } from "./local_system.ts";
import { openInlineSystem } from "./memory_system.ts";
import type { SystemHost } from "./system_conformance_bed.ts";
import type { OrbitSystem } from "./system.ts";
import type { DriverChoice } from "./worker_protocol.ts";

/** Whether the C library can be had, and with it the posix driver. */
export const hasLibc = "libc" in openLibc();

/** A fresh temporary directory, removed with what is in it. */
export function makeDirectoryBed(): { path: string } & Disposable {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "orbit-system-" }));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

type Wrap = (system: OrbitSystem) => OrbitSystem;
const asItIs: Wrap = (system) => system;

/** Beds of this machine's files, each bed's target the same system. */
export async function openLocalHost(driver: DriverChoice): Promise<SystemHost> {
  const directory = makeDirectoryBed();
  const root = `${directory.path}/root`, outside = `${directory.path}/outside`;
  for (const path of [root, outside]) Deno.mkdirSync(path);
  Deno.writeTextFileSync(`${outside}/file`, "secret");
  const system = await openLocalSystem({ read: [], write: [root], width: 2, driver });
  let count = 0;
  return {
    makeBed() {
      const bed = `${root}/${count++}`;
      for (const path of ["", "/from", "/to"]) Deno.mkdirSync(bed + path);
      return { system, base: `${bed}/from`, target: system, targetBase: `${bed}/to`, outside };
    },
    async [Symbol.asyncDispose]() {
      await system[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** Beds on a memory disk, as `wrapDisk` and `wrap` dress it. */
export async function openMemoryHost(
  { wrap = asItIs, wrapDisk = (disk) => disk }: { wrap?: Wrap; wrapDisk?: (disk: Disk) => Disk },
): Promise<SystemHost> {
  const disk = createMemoryDisk({ roots: ["/root"] });
  const system = wrap(await openInlineSystem(wrapDisk(disk)));
  let count = 0;
  return {
    makeBed() {
      const bed = `${count++}`;
      using tree = disk.openTree("/root");
      for (const path of ["", "/from", "/to"]) tree.makeDirectory(bed + path, 0o755);
      const base = `/root/${bed}`;
      return {
        ...{ system, target: system, outside: "/outside" },
        ...{ base: `${base}/from`, targetBase: `${base}/to` },
      };
    },
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}

/** Beds whose content goes from memory to this machine's files. */
export async function openMixedHost(driver: DriverChoice): Promise<SystemHost> {
  const from = await openMemoryHost({});
  const to = await openLocalHost(driver);
  return {
    makeBed() {
      const { target, targetBase } = to.makeBed();
      return { ...from.makeBed(), target, targetBase };
    },
    async [Symbol.asyncDispose]() {
      await from[Symbol.asyncDispose]();
      await to[Symbol.asyncDispose]();
    },
  };
}
