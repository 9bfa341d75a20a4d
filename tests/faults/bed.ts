/** A source, a destination and a home for one bad day, and what is looked at after it. */
import { fileURLToPath } from "node:url";
import { type ErrorData } from "#core/errors.ts";
import { type Item, type Job, openJobStore } from "#core/magnetar/mod.ts";
import type { SyncTotals } from "#core/sync/events.ts";
import { runScript } from "../support/shell.ts";
import { type OrbitProcess, type OrbitResult, startProcess } from "../support/run.ts";
import { makeTempDirectory, type TempDirectory } from "../support/temp.ts";
import type { BadDay } from "./faulty_orbit.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The end of a run with `--json`, as far as tests look. */
export interface EndRecord {
  /** Staged files that stay for a resume. */
  kept: { path: string }[];
  outcome: string;
  totals: SyncTotals;
  troubles: { path: string; error: ErrorData }[];
}

/** A folder with `src`, `dst` and a home of its own. */
export class Bed implements Disposable {
  readonly #temp: TempDirectory;
  readonly #mounted: TempDirectory | undefined;
  readonly path: string;
  readonly src: string;
  readonly dst: string;
  readonly home: string;

  /** @param mounted A file system that `dst` becomes a link to. */
  constructor(temp: TempDirectory = makeTempDirectory(), mounted?: TempDirectory) {
    this.#temp = temp;
    this.#mounted = mounted;
    this.path = temp.path;
    this.src = `${this.path}/src`;
    this.dst = mounted?.path ?? `${this.path}/dst`;
    this.home = `${this.path}/home`;
    for (const path of [this.src, `${this.path}/dst`, this.home]) {
      if (mounted !== undefined && path.endsWith("/dst")) Deno.symlinkSync(mounted.path, path);
      else Deno.mkdirSync(path);
    }
  }

  /** Runs a script in the folder. */
  run(...lines: string[]): string {
    return new TextDecoder().decode(runScript(this.path, lines));
  }

  /** Starts `orbit ARGS…`; the process must be disposed of. */
  start(args: readonly string[], options: StartOptions = {}): OrbitProcess {
    const command = options.badDay === undefined ? orbitLine(args) : badLine(options.badDay, args);
    return this.startCommand([...options.through ?? [], ...command], options.env);
  }

  /** Starts any command in the folder, in the environment that `orbit` gets. */
  startCommand(command: readonly string[], env?: Record<string, string>): OrbitProcess {
    return startProcess(command, { cwd: this.path, home: this.home, env });
  }

  /** Runs `orbit ARGS…` to its end. */
  async orbit(args: readonly string[], options: StartOptions = {}): Promise<OrbitResult> {
    await using process = this.start(args, options);
    return await process.result;
  }

  /** Runs `orbit sync OPTIONS… src/ dst`. */
  sync(options: readonly string[] = [], start: StartOptions = {}): Promise<OrbitResult> {
    return this.orbit(["sync", ...options, "src/", "dst"], start);
  }

  /** Every job in the home with all its items. */
  jobs(): { job: Job; items: Item[] }[] {
    const folder = `${this.home}/state/orbit/jobs`;
    return [...Deno.readDirSync(folder)].flatMap(({ name }) => {
      using store = openJobStore(`${folder}/${name}`);
      return store.jobs().map((job) => ({ job, items: store.items(job.id, { limit: 10_000 }) }));
    });
  }

  [Symbol.dispose](): void {
    this.#mounted?.[Symbol.dispose]();
    this.#temp[Symbol.dispose]();
  }
}

export interface StartOptions {
  /** What goes wrong; the real `orbit` without it. */
  badDay?: BadDay;
  /** A command that runs the program, such as `setpriv …`. */
  through?: readonly string[];
  env?: Record<string, string>;
}

/** The command line of `orbit ARGS…`. */
export function orbitLine(args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-q", "-A", `${ROOT}cli/main.ts`, ...args];
}

/** The command line of `orbit sync ARGS…` on a bad day; `args` begin with `sync`. */
function badLine(badDay: BadDay, args: readonly string[]): string[] {
  const program = `${ROOT}tests/faults/faulty_orbit.ts`;
  return [Deno.execPath(), "run", "-q", "-A", program, JSON.stringify(badDay), ...args.slice(1)];
}

/** The end record of a run with `--json`. */
export function endOf({ stdout }: OrbitResult): EndRecord {
  const last = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  if (last.type !== "end") throw new Error(`find the end record: ${JSON.stringify(last)}`);
  return last.report ?? last;
}

/** One entry of a tree as a test compares it. */
export interface Found {
  /** `f`, `d`, `l`, `p` … as `find` says. */
  type: string;
  mode: string;
  /** Seconds with nine decimals. */
  mtime: string;
  /** What a link points to, or size and checksum of a file. */
  content: string;
  /** The first path of the same file; its own unless it is a later hard link. */
  first: string;
}

/** Everything below (and including) a folder by its path; names must be text, without newlines. */
export function lookAt(path: string): Map<string, Found> {
  const entries = new Map<string, Found>();
  const first = new Map<string, string>();
  const lines = runScript(path, [
    String.raw`find . -printf '%p\t%i\t%y\t%m\t%T@\t%l\n' | LC_ALL=C sort`,
  ]);
  for (const line of toLines(lines)) {
    const [name, inode, type, mode, mtime, target] = line.split("\t");
    if (!first.has(inode)) first.set(inode, name);
    entries.set(name, { type, mode, mtime, content: target, first: first.get(inode)! });
  }
  for (const line of toLines(runScript(path, ["find . -type f -print0 | xargs -0r cksum"]))) {
    const [, content, name] = /^(\d+ \d+) (.*)$/.exec(line)!;
    entries.get(name)!.content = content;
  }
  return entries;
}

/** Names of staged files anywhere below. */
export function findStaged(path: string): string[] {
  return toLines(runScript(path, ["find . -name '.orbit-*' -print"]));
}

function toLines(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
}
