/** What goes wrong on a disk, as data: it travels to file workers in the address of their program. */
import { systemError } from "#core/errors.ts";
import { libcCandidates } from "#core/posix/mod.ts";
import type { FaultCall, FaultOperation, FaultPlan } from "#core/system/disk_faulty.ts";

/** One thing that goes wrong. */
export interface FaultRule {
  /** The calls it is about; `change` is every call that changes the disk. */
  on: "change" | readonly FaultOperation[];
  /** Only calls on paths that this regular expression matches. */
  path?: string;
  /** Only trees opened by an absolute path that this regular expression matches. */
  tree?: string;
  /** Only the n-th such call of a worker, from 1; with one worker (`--jobs=1`) an exact moment. */
  at?: number;
  then: FaultEffect;
}

export type FaultEffect =
  /** The process dies by SIGKILL before the call reaches the disk. */
  | { kill: true }
  /** The call fails. */
  | { errno: string }
  /** The call never returns; "blocked" on standard error says when that has begun. */
  | { block: true }
  /** A shell command runs before the call: somebody else is at work on the disk. */
  | { run: string }
  /** One bit of the bytes that are written is another. */
  | { flip: true };

const CHANGES: readonly FaultOperation[] = [
  "createFile",
  "file.write",
  "file.truncate",
  "file.apply",
  "makeDirectory",
  "makeLink",
  "makeSpecial",
  "makeHardLink",
  "rename",
  "removeFile",
  "removeDirectory",
  "apply",
];

/** A rule with its count. */
class ArmedRule {
  readonly #operations: ReadonlySet<string>;
  readonly #path: RegExp | undefined;
  readonly #tree: RegExp | undefined;
  #seen = 0;

  constructor(readonly rule: FaultRule) {
    this.#operations = new Set(rule.on === "change" ? CHANGES : rule.on);
    this.#path = rule.path === undefined ? undefined : new RegExp(rule.path);
    this.#tree = rule.tree === undefined ? undefined : new RegExp(rule.tree);
  }

  isMet({ operation, path, tree }: FaultCall): boolean {
    if (!this.#operations.has(operation)) return false;
    if (this.#path?.test(path) === false || this.#tree?.test(tree) === false) return false;
    this.#seen++;
    return this.rule.at === undefined || this.rule.at === this.#seen;
  }
}

/** Whether any of the rules starts a program. */
export function needsPrograms(rules: readonly FaultRule[]): boolean {
  return rules.some(({ then }) => "run" in then);
}

/** The plan of a faulty disk that follows the rules. */
export function createFaultPlan(rules: readonly FaultRule[]): FaultPlan {
  const flips = rules.filter(({ then }) => "flip" in then).map((rule) => new ArmedRule(rule));
  const others = rules.filter(({ then }) => !("flip" in then)).map((rule) => new ArmedRule(rule));
  return {
    before(call) {
      for (const armed of others) if (armed.isMet(call)) take(armed.rule.then, call);
    },
    mutateWrite(bytes, call) {
      if (flips.some((armed) => armed.isMet(call))) bytes[bytes.length >> 1] ^= 1;
      return bytes;
    },
  };
}

function take(effect: FaultEffect, { operation, path }: FaultCall): void {
  if ("errno" in effect) throw systemError(effect.errno, operation, path);
  if ("block" in effect) {
    Deno.stderr.writeSync(new TextEncoder().encode("blocked\n"));
    openLibc().pause();
  }
  if ("kill" in effect) {
    const libc = openLibc();
    libc.kill(libc.getpid(), SIGKILL);
  }
  if ("run" in effect && openLibc().system(cString(effect.run)) !== 0) {
    throw new Error(`run ${JSON.stringify(effect.run)}: failed`);
  }
}

const SIGKILL = 9;

/**
 * File workers may start no programs through Deno; the C library asks nobody but the kernel, whose
 * wall has to be left out for rules that do ({@linkcode needsPrograms}).
 */
function openLibc() {
  for (const path of libcCandidates()) {
    try {
      return Deno.dlopen(path, {
        system: { parameters: ["buffer"], result: "i32" },
        pause: { parameters: [], result: "i32" },
        getpid: { parameters: [], result: "i32" },
        kill: { parameters: ["i32", "i32"], result: "i32" },
      }).symbols;
    } catch {
      // The next place may have it.
    }
  }
  throw new Error("open libc: not found");
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** The address of the faulty file worker with these rules. */
export function faultyWorker(rules: readonly FaultRule[]): string {
  const url = new URL("./faulty_worker.ts", import.meta.url);
  url.search = encodeURIComponent(JSON.stringify(rules));
  return url.href;
}

/** The rules in such an address. */
export function rulesOf(address: string): FaultRule[] {
  return JSON.parse(decodeURIComponent(new URL(address).search.slice(1)));
}
