/** One source and two equal destinations: one for `orbit sync`, one for the real rsync. */
import { mutateTree } from "../support/mutate.ts";
import { type OrbitResult, runOrbit } from "../support/run.ts";
import { runScript } from "../support/shell.ts";
import { makeTempDirectory, type TempDirectory } from "../support/temp.ts";
import { makeTree } from "../support/trees.ts";

/** How a program ended, and what it said. */
export type Ended = Pick<OrbitResult, "code" | "stdout" | "stderr">;

/** A source, and the same destination twice. */
export interface Pair extends Disposable {
  /** The folder that holds all of it, and the working folder of both programs. */
  readonly root: string;
  readonly source: string;
  /** Orbit's destination. */
  readonly mine: string;
  /** rsync's. */
  readonly theirs: string;
}

/** Two empty destinations and an empty source. */
export function emptyPair(): Pair {
  const folder = makeTempDirectory();
  const pair = pairIn(folder);
  for (const path of [pair.source, pair.mine, pair.theirs]) Deno.mkdirSync(path);
  return pair;
}

/** A pair made by a script that runs in its folder and fills `source` and `mine`. */
export function scriptedPair(lines: readonly string[]): Pair {
  const pair = emptyPair();
  runScript(pair.root, [...lines, "rmdir theirs", "cp -a mine theirs"]);
  return pair;
}

/**
 * A random source, and destinations that were once a copy of it: since then both were edited.
 *
 * @param edits How many edits there were at each side; 0 leaves the destinations empty.
 */
export function randomPair(seed: number, options: { count?: number; edits?: number } = {}): Pair {
  const { count = 50, edits = 12 } = options;
  const pair = emptyPair();
  makeTree(seed, pair.source, { count });
  if (edits > 0) {
    runScript(pair.root, ["rmdir mine theirs", "cp -a source mine"]);
    mutateTree(seed + 1, pair.source, { count: edits });
    mutateTree(seed + 2, pair.mine, { count: edits });
    runScript(pair.root, ["cp -a mine theirs"]);
  }
  return pair;
}

function pairIn(folder: TempDirectory): Pair {
  const { path: root } = folder;
  return {
    root,
    source: `${root}/source`,
    mine: `${root}/mine`,
    theirs: `${root}/theirs`,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Runs `orbit sync` in the pair's folder, with a home of its own. */
export function orbitSync(pair: Pair, args: string[], input?: string): Promise<OrbitResult> {
  return runOrbit(["sync", ...args], { cwd: pair.root, home: `${pair.root}/home`, input });
}

/** Runs rsync in the pair's folder. */
export async function rsync(pair: Pair, args: string[], input = ""): Promise<Ended> {
  const child = new Deno.Command("rsync", {
    args,
    cwd: pair.root,
    env: { LC_ALL: "C", TZ: "UTC" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * What rsync finds to be different between two trees: content, kind, links, hard links, modes,
 * owners, times to the nanosecond, extended attributes and ACLs. Empty when they are equal.
 */
export async function differences(
  pair: Pair,
  from: string,
  to: string,
  options: string[] = ["-HXA"],
): Promise<string> {
  const args = ["-anic", "--modify-window=-1", "--delete", ...options, `${from}/`, `${to}/`];
  const { stdout, stderr } = await rsync(pair, args);
  return stdout + stderr;
}
