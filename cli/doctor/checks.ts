/** What `orbit doctor` looks at. Each check says how it stands and never throws. */
import { openBlake3 } from "#core/hash/mod.ts";
import { openLibc } from "#core/posix/mod.ts";
import type { Host } from "#core/program/host.ts";
import { checkWalls } from "./walls.ts";
import { JobCatalog, type OpenJobFolder } from "../jobs/catalog.ts";
import { formatNumberOf } from "#core/program/output/format.ts";
import { jobsFolder, stateFolder } from "../state.ts";
import { VERSION } from "#core/program/version.ts";

/** The result of a check: `note` works with a limit, `broken` needs somebody to do something. */
export interface Finding {
  name: string;
  status: "ok" | "note" | "broken";
  text: string;
}

/** What checks look through. */
export interface DoctorTools {
  host: Host;
  /** Opens a job's store; without it damaged ones aren't looked for. */
  openJobFolder?: OpenJobFolder;
}

/** Runs every check. */
export async function runChecks(tools: DoctorTools): Promise<Finding[]> {
  return [
    runtime(),
    ...libc(),
    ...await checkWalls(),
    await hash(),
    guarded("state folder", () => state(tools.host)),
    ...jobs(tools),
    guarded("open files", openFiles),
    terminal(tools.host),
  ];
}

function runtime(): Finding {
  const { os, arch } = Deno.build;
  const text = `orbit ${VERSION}, Deno ${Deno.version.deno}, ${os} ${arch}`;
  return os === "linux" && arch === "x86_64"
    ? { name: "runtime", status: "ok", text }
    : { name: "runtime", status: "note", text: `${text} (tested on Linux x86_64 only)` };
}

function libc(): Finding[] {
  const opened = openLibc();
  if ("reason" in opened) {
    const text = `${opened.reason}; without it: no -X, -A, devices, or names that aren't UTF-8`;
    return [{ name: "libc layer", status: "note", text }];
  }
  return [{ name: "libc layer", status: "ok", text: `loaded from ${opened.libc.path}` }];
}

async function hash(): Promise<Finding> {
  try {
    const { implementation, whyNotNative } = await openBlake3();
    return implementation === "native"
      ? { name: "hash", status: "ok", text: "BLAKE3 by the native addon" }
      : { name: "hash", status: "note", text: `BLAKE3 in WebAssembly: ${whyNotNative}` };
  } catch (error) {
    return { name: "hash", status: "broken", text: messageOf(error) };
  }
}

function state(host: Host): Finding {
  const folder = stateFolder(host);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: "doctor-" }));
  return { name: "state folder", status: "ok", text: `${folder} is writable` };
}

function jobs({ host, openJobFolder }: DoctorTools): Finding[] {
  if (openJobFolder === undefined) return [];
  return [guarded("jobs", () => {
    const folders = new JobCatalog(jobsFolder(host), openJobFolder).list();
    const damaged = folders.filter(({ status }) => status === "damaged").map(({ id }) => id);
    if (damaged.length > 0) {
      const text = `damaged: ${damaged.join(", ")}; look with orbit jobs show ID`;
      return { name: "jobs", status: "broken", text };
    }
    const running = folders.filter(({ status }) => status === "running").length;
    const text = `${formatNumberOf(folders.length, "job")}, ${running} running`;
    return { name: "jobs", status: "ok", text };
  })];
}

/** Fewer open files than this slow a run down. */
const ENOUGH_OPEN_FILES = 1024;

function openFiles(): Finding {
  const name = "open files";
  let limits: string;
  try {
    limits = Deno.readTextFileSync("/proc/self/limits");
  } catch {
    return { name, status: "note", text: "the limit can't be known here" };
  }
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (limit === undefined) return { name, status: "note", text: "the limit can't be known here" };
  return limit === "unlimited" || Number(limit) >= ENOUGH_OPEN_FILES
    ? { name, status: "ok", text: `at most ${limit}` }
    : { name, status: "note", text: `at most ${limit}; raise it with ulimit -n` };
}

function terminal(host: Host): Finding {
  const text = host.stderr.isTerminal()
    ? `${host.columns()} columns, ${host.color ? "colour" : "no colour"}`
    : "standard error is not a terminal; progress comes as plain lines";
  return { name: "terminal", status: "ok", text };
}

function guarded(name: string, check: () => Finding): Finding {
  try {
    return check();
  } catch (error) {
    return { name, status: "broken", text: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
