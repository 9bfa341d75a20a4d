/** Where copies happen: a source, a target, both ends' servers, and runs in turns. */
import { dirname } from "node:path";
import { DelayProxy } from "../delay_proxy.ts";
import type { Places } from "../grid/files.ts";
import type { Figure, Settings } from "../grid/rows.ts";
import { median } from "../race.ts";
import { RcloneServer, run, SshServer } from "./peers.ts";
import { StarGrid } from "./stars.ts";

/** Somebody who copies the source into the target. */
export interface Contender {
  name: string;
  copy(): Promise<unknown>;
}

/** What a bed is to have. */
export interface BedPlan {
  /** Everything passes proxies that take this long; see `StarGrid`. */
  roundTripMs?: number;
  /** A Star `third` that has `Bed.thirdTarget`. */
  third?: boolean;
}

/** Star `nas-1` has the source, `nas-2` the target; sshd and rclone serve them as well. */
export class Bed implements AsyncDisposable {
  readonly source: string;
  readonly target: string;
  readonly thirdTarget: string;
  grid!: StarGrid;
  readonly #rest = new AsyncDisposableStack();

  private constructor(readonly places: Places) {
    const memory = dirname(places.data);
    this.source = places.data;
    this.target = `${memory}/target`;
    this.thirdTarget = `${memory}/third`;
  }

  static async open(places: Places, { roundTripMs, third = false }: BedPlan = {}): Promise<Bed> {
    const bed = new Bed(places);
    for (const target of [bed.target, bed.thirdTarget]) Deno.mkdirSync(target);
    const folder = bed.newFolder("grid");
    const roots: Record<string, string> = { "nas-1": bed.source, "nas-2": bed.target };
    if (third) roots["nas-3"] = bed.thirdTarget;
    bed.grid = bed.#rest.use(await StarGrid.start({ folder, roots, roundTripMs }));
    return bed;
  }

  orbit(): Contender {
    const [from, to] = [{ star: "nas-1", path: this.source }, { star: "nas-2", path: this.target }];
    return { name: "orbit", copy: () => this.grid.sync(from, to) };
  }

  /** `rsync -a -e ssh` and `scp -r`, by one sshd; through a proxy that takes `roundTripMs`. */
  async overSsh(roundTripMs?: number): Promise<{ rsync: Contender; scp: Contender }> {
    const server = this.#rest.use(await SshServer.start(this.newFolder("ssh")));
    const { port } = roundTripMs === undefined
      ? server
      : this.#rest.use(new DelayProxy(roundTripMs, server.port));
    const options = server.options(port), remote = `127.0.0.1:${this.target}/`;
    const shell = ["ssh", ...options].join(" ");
    return {
      rsync: {
        name: "rsync over ssh",
        copy: () => run("rsync", "-a", "-e", shell, `${this.source}/`, remote),
      },
      scp: {
        name: "scp",
        copy: () => run("scp", "-q", "-r", ...options, ...this.#entries(), remote),
      },
    };
  }

  async rclone(): Promise<Contender> {
    const server = await RcloneServer.start(this.newFolder("rclone"), this.source);
    this.#rest.use(server);
    return { name: "rclone", copy: () => run(...server.copyTo(this.target)) };
  }

  /** An empty folder on a disk. */
  newFolder(name: string): string {
    const path = `${this.places.folder}/${name}`;
    Deno.mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** Empties the target, which itself stays. */
  emptyTarget(): void {
    for (const { name } of Deno.readDirSync(this.target)) {
      Deno.removeSync(`${this.target}/${name}`, { recursive: true });
    }
  }

  /** Makes sure, by rsync's reading of both, that a target has all of the source and no more. */
  async check(target = this.target): Promise<void> {
    const left = `${this.source}/`, options = ["-rlpnc", "--delete", "--itemize-changes"];
    const differs = await run("rsync", ...options, left, `${target}/`);
    if (differs !== "") throw new Error(`the copy differs:\n${differs.slice(0, 500)}`);
  }

  /**
   * Has all copy in turns, each `runs` times and once before to warm up and to have its copy
   * checked; returns medians in seconds, by name.
   */
  async race(
    contenders: readonly Contender[],
    { runs }: Settings,
    reset: () => void | Promise<void> = () => this.emptyTarget(),
  ): Promise<Map<string, number>> {
    const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round <= runs; round++) {
      for (const { name, copy } of contenders) {
        await reset();
        const seconds = await secondsOf(copy);
        if (round === 0) await this.check();
        else times.get(name)!.push(seconds);
      }
    }
    return new Map(Array.from(times, ([name, seconds]) => [name, median(seconds)]));
  }

  #entries(): string[] {
    return Array.from(Deno.readDirSync(this.source), ({ name }) => `${this.source}/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rest.disposeAsync();
  }
}

/** How long something takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** Everybody's median, and Orbit's over the best of the others. */
export function raceFigures(medians: ReadonlyMap<string, number>, bar: number): Figure[] {
  const peers = [...medians].filter(([name]) => name !== "orbit");
  const [best, bestSeconds] = peers.reduce((a, b) => b[1] < a[1] ? b : a);
  const times = Array.from(medians, ([name, value]): Figure => (
    { what: `${name}, median`, value, unit: "s" }
  ));
  const value = medians.get("orbit")! / bestSeconds;
  return [...times, { what: `orbit over ${best}`, value, unit: "×", bar }];
}
