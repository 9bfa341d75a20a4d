/** `orbit-star` as its users run it: a real process with the program's own permission set. */
import { fileURLToPath } from "node:url";
import type { FakeNucleus } from "../../star/testing/fake_nucleus.ts";
import { type OrbitProcess, type OrbitResult, startProcess } from "../support/run.ts";
import { makeTempDirectory } from "../support/temp.ts";

const MAIN = fileURLToPath(new URL("../../star/main.ts", import.meta.url));

/** A machine that is to be a Star: a place for its state, and directories with files. */
export interface StarBed extends Disposable {
  readonly path: string;
  readonly state: string;
  /** `file` is in it, and `link`, which leads to `outside/secret`. */
  readonly data: string;
  readonly outside: string;
  start(args: readonly string[], env?: Record<string, string>): OrbitProcess;
  run(args: readonly string[], env?: Record<string, string>): Promise<OrbitResult>;
  /** Joins, and fails the test if that fails. */
  join(nucleus: Pick<FakeNucleus, "port" | "createToken">): Promise<void>;
  /** `orbit-star run` on this bed's state and data. */
  startRun(...args: string[]): OrbitProcess;
  status(): Promise<OrbitResult>;
}

/** Makes a bed. */
export function makeStarBed(): StarBed {
  const temp = makeTempDirectory();
  const state = `${temp.path}/state`, data = `${temp.path}/data`, outside = `${temp.path}/outside`;
  for (const folder of [data, outside]) Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${data}/file`, "content");
  Deno.writeTextFileSync(`${outside}/secret`, "secret");
  Deno.symlinkSync("../outside/secret", `${data}/link`);
  const start = (args: readonly string[], env?: Record<string, string>) =>
    startProcess(
      [Deno.execPath(), "run", "-q", "-P=star", "--no-prompt", MAIN, ...args],
      { home: temp.path, cwd: temp.path, env },
    );
  const run = async (args: readonly string[], env?: Record<string, string>) => {
    await using process = start(args, env);
    return await process.result;
  };
  return {
    ...{ path: temp.path, state, data, outside, start, run },
    async join(nucleus) {
      const { code, stderr } = await run([
        ...["join", `--hub=127.0.0.1:${nucleus.port}`, `--state=${state}`],
        `--token=${nucleus.createToken()}`,
      ]);
      if (code !== 0) throw new Error(`join: ${stderr}`);
    },
    startRun: (...args) => start(["run", `--state=${state}`, `--allow=${data}`, ...args]),
    status: () => run(["status", `--state=${state}`, "--json"]),
    [Symbol.dispose]: () => temp[Symbol.dispose](),
  };
}
