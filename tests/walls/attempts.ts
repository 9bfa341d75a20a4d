/** Ways out of the walls, as hostile code would try them. */
import fs from "node:fs";
import { libcCandidates } from "#core/posix/mod.ts";

/** What was tried, and what came of it: "done", or the name of the error. */
export type Findings = Record<string, string>;

/** libc's calls, or why there are none. */
export type NativeFiles = ReturnType<typeof load> | string;

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  rename: { parameters: ["buffer", "buffer"], result: "i32" },
  link: { parameters: ["buffer", "buffer"], result: "i32" },
  truncate: { parameters: ["buffer", "i64"], result: "i32" },
  unlink: { parameters: ["buffer"], result: "i32" },
  system: { parameters: ["buffer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

const READ_ONLY = 0, WRITE_ONLY = 1, CREATE = 0o100;
const ERRORS: Record<number, string> = { 1: "EPERM", 13: "EACCES", 18: "EXDEV" };

/** Opens libc without asking anybody for its paths. */
export function openNativeFiles(): NativeFiles {
  let reason = "no libc";
  for (const path of libcCandidates()) {
    try {
      return load(path);
    } catch (error) {
      reason = (error as Error).name;
    }
  }
  return reason;
}

function load(path: string) {
  return Deno.dlopen(path, SYMBOLS).symbols;
}

/**
 * Tries to get from `BED/in`, which may be written, and `BED/seen`, which may be read, at
 * everything else, by every kind of call.
 */
export async function tryToGetOut(bed: string, native: NativeFiles): Promise<Findings> {
  const findings: Findings = {};
  const attempts = { ...byDeno(bed), ...byNode(bed), ...byNative(bed, native) };
  for (const [name, attempt] of Object.entries(attempts)) findings[name] = await outcome(attempt);
  return findings;
}

function byDeno(bed: string): Record<string, () => unknown> {
  return {
    "deno: read inside": () => Deno.readTextFileSync(`${bed}/seen/file`),
    "deno: write inside": () => Deno.writeTextFileSync(`${bed}/in/deno`, "x"),
    "deno: read the host": () => Deno.readTextFileSync("/etc/passwd"),
    "deno: list the host": () => [...Deno.readDirSync("/etc")],
    "deno: read outside": () => Deno.readTextFileSync(`${bed}/out/file`),
    "deno: read through ..": () => Deno.readTextFileSync(`${bed}/in/../out/file`),
    "deno: write what may be read": () => Deno.writeTextFileSync(`${bed}/seen/new`, "x"),
    "deno: write outside": () => Deno.writeTextFileSync(`${bed}/out/deno`, "x"),
    "deno: truncate outside": () => Deno.truncateSync(`${bed}/out/file`),
    "deno: remove outside": () => Deno.removeSync(`${bed}/out/file`),
    "deno: move in": () => Deno.renameSync(`${bed}/out/file`, `${bed}/in/moved`),
    "deno: link in": () => Deno.linkSync(`${bed}/out/file`, `${bed}/in/linked`),
    "deno: execute": () => new Deno.Command("/bin/true").outputSync(),
    "async: read the host": () => Deno.readTextFile("/etc/passwd"),
    "async: write outside": async () =>
      (await Deno.open(`${bed}/out/file`, { write: true })).close(),
    "link: read by deno": () => Deno.readTextFileSync(`${bed}/in/link`),
    "link: read by node": () => fs.readFileSync(`${bed}/in/link`),
  };
}

function byNode(bed: string): Record<string, () => unknown> {
  return {
    "node: read the host": () => fs.readFileSync("/etc/passwd"),
    "node: open outside": () => fs.closeSync(fs.openSync(`${bed}/out/file`, "r")),
    "node: write outside": () => fs.writeFileSync(`${bed}/out/node`, "x"),
    "async: read by node": () => fs.promises.readFile("/etc/passwd"),
  };
}

function byNative(bed: string, native: NativeFiles): Record<string, () => unknown> {
  const calls = () => {
    if (typeof native === "string") throw named(native);
    return native;
  };
  const open = (path: string, flags: number) => {
    const fd = checked(calls(), calls().open(cString(path), flags, 0o600));
    calls().close(fd);
  };
  return {
    "libc: read inside": () => open(`${bed}/seen/file`, READ_ONLY),
    "libc: write inside": () => open(`${bed}/in/libc`, WRITE_ONLY | CREATE),
    "libc: read the host": () => open("/etc/passwd", READ_ONLY),
    "libc: read outside": () => open(`${bed}/out/file`, READ_ONLY),
    "libc: read through a link": () => open(`${bed}/in/link`, READ_ONLY),
    "libc: read memory": () => open("/proc/self/mem", READ_ONLY),
    "libc: write what may be read": () => open(`${bed}/seen/file`, WRITE_ONLY),
    "libc: write outside": () => open(`${bed}/out/libc`, WRITE_ONLY | CREATE),
    "libc: truncate outside": () =>
      checked(calls(), calls().truncate(cString(`${bed}/out/file`), 0n)),
    "libc: remove outside": () => checked(calls(), calls().unlink(cString(`${bed}/out/file`))),
    "libc: move in": () =>
      checked(calls(), calls().rename(cString(`${bed}/out/file`), cString(`${bed}/in/moved`))),
    "libc: link in": () =>
      checked(calls(), calls().link(cString(`${bed}/out/file`), cString(`${bed}/in/linked`))),
    "libc: link what may be read": () =>
      checked(calls(), calls().link(cString(`${bed}/seen/file`), cString(`${bed}/in/seen`))),
    "libc: load again": () => {
      if (typeof openNativeFiles() === "string") throw named("NotCapable");
    },
    "libc: execute": () => {
      if (calls().system(cString("true")) !== 0) throw named("EACCES");
    },
  };
}

function checked(native: Exclude<NativeFiles, string>, result: number): number {
  if (result >= 0) return result;
  const errno = new Deno.UnsafePointerView(native.__errno_location()!).getInt32();
  throw named(ERRORS[errno] ?? `errno ${errno}`);
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

async function outcome(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return "done";
  } catch (error) {
    const { name, code } = error as Error & { code?: string };
    return name === "Error" && code !== undefined ? code : name;
  }
}
