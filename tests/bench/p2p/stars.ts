/** A Nucleus and Stars that reach each other, as real processes; what they say is counted. */
import type { JobRequest, JobShape } from "#core/grid_api/mod.ts";
import type { OrbitProcess } from "../../support/run.ts";
import { DelayProxy } from "../delay_proxy.ts";
import { NucleusProcess } from "../grid/nucleus_process.ts";
import { programCommand, runProgram, startProgram } from "../grid/programs.ts";

/** How the grid is laid out. */
export interface GridPlan {
  /** An empty folder on a disk. */
  folder: string;
  /** What each Star may touch, by its name. */
  roots: Readonly<Record<string, string>>;
  /**
   * All that reaches a Star, and all that it says to the Nucleus, passes proxies that count it and
   * hold it up for half of this each way; directly without.
   */
  roundTripMs?: number;
}

/** A place on a Star. */
export interface StarPlace {
  star: string;
  path: string;
}

interface BenchStar {
  process: OrbitProcess;
  control: DelayProxy | undefined;
  called: DelayProxy | undefined;
}

/** Running Stars with their Nucleus. */
export class StarGrid implements AsyncDisposable {
  readonly #nucleus: NucleusProcess;
  readonly #stars = new Map<string, BenchStar>();
  readonly #rest = new AsyncDisposableStack();

  private constructor(nucleus: NucleusProcess) {
    this.#nucleus = this.#rest.use(nucleus);
  }

  static async start(plan: GridPlan): Promise<StarGrid> {
    const grid = new StarGrid(await NucleusProcess.start(plan.folder));
    try {
      for (const name of Object.keys(plan.roots)) await grid.#startStar(name, plan);
      return grid;
    } catch (error) {
      await grid[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs `orbit sync SOURCE/ DESTINATION/` to its end, as a job over REST; all has to go well. */
  async sync(
    source: StarPlace,
    destination: StarPlace,
    options: JobRequest["options"] = {},
  ): Promise<JobShape> {
    return await this.#nucleus.run({
      ...{ kind: "sync", options },
      ...{ source, destination, contents: true, destinationIsDirectory: true },
    });
  }

  /** Bytes of Direct Links that a Star gave by so far. */
  givenBy(star: string): number {
    return this.#stars.get(star)!.called!.traffic.other;
  }

  /** A Star's process. */
  processOf(star: string): OrbitProcess {
    return this.#stars.get(star)!.process;
  }

  /** Waits until a Star knows the chunks of what it received. */
  async hasLearned(star: string): Promise<void> {
    await this.processOf(star).waitFor(/chunks of files noted/, "stderr");
  }

  /** Bytes between the Nucleus and all Stars so far. */
  nucleusBytes(): number {
    let bytes = 0;
    for (const { control, called } of this.#stars.values()) {
      bytes += called!.traffic.http2 + control!.traffic.http2 + control!.traffic.other;
    }
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rest.disposeAsync();
  }

  async #startStar(name: string, { folder, roots, roundTripMs }: GridPlan): Promise<void> {
    const proxy = (target?: number) =>
      roundTripMs === undefined ? undefined : this.#rest.use(new DelayProxy(roundTripMs, target));
    const { address, api } = this.#nucleus;
    const control = proxy(Number(address.split(":")[1])), called = proxy();
    const home = `${folder}/${name}`,
      tokenPath = `${home}/join-token`,
      state = `--state=${home}/star`;
    Deno.mkdirSync(home);
    const body = { name, roots: [roots[name]], approved: true };
    const { text } = await api.json<{ text: string }>("/tokens", { method: "POST", body });
    Deno.writeTextFileSync(tokenPath, text, { mode: 0o600 });
    const join = [
      "join",
      `--hub=${control?.address ?? address}`,
      `--token-file=${tokenPath}`,
      state,
    ];
    await runProgram(programCommand("star", join), home);
    const run = ["run", state, `--allow=${roots[name]}`, "--listen=127.0.0.1:0"];
    if (called !== undefined) run.push(`--advertise=${called.address}`);
    const command = programCommand("star", [...run, "--log-format=json"]);
    const process = startProgram(command, { home });
    this.#rest.defer(async () => {
      process.kill("SIGTERM");
      await process.result;
    });
    this.#stars.set(name, { process, control, called });
    const [, port] = await process.waitFor(/"listening".*"address":"127\.0\.0\.1:(\d+)"/, "stderr");
    if (called !== undefined) called.target = Number(port);
    await process.waitFor(/"standing":"active"/, "stderr");
  }
}
