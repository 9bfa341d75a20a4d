/**
 * A Nucleus and two Stars in processes of their own, each of which may be killed and started again.
 * What goes between the Stars and the Nucleus is counted, and what goes from Star to Star.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OrbitProcess, type OrbitResult, startProcess } from "../support/run.ts";
import type { TestNetwork } from "../support/network.ts";
import { makeTempDirectory } from "../support/temp.ts";
import { within } from "./bad_days/support.ts";
import { Counter } from "./counter.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

type ProgramName = "nucleus" | "star" | "orbit";

/** Hosts of a network that a grid is spread over; programs besides run on this process's own. */
export const HOSTS = ["nucleus", "from", "to"] as const;
export type HostName = typeof HOSTS[number];

/** A port that is free now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** One Star: its files, and its process while it runs. */
export class StarProgram {
  files: string;
  readonly state: string;
  listens = false;
  /** Where it listens, if it does. */
  readonly port = freePort();
  /** A command that starts it. */
  through: readonly string[] = [];
  /** Counts what passes between it and those who dial it. */
  counter: Counter | undefined;
  process: OrbitProcess | undefined;

  constructor(readonly grid: TwoStars, readonly name: "from" | "to") {
    this.files = join(grid.folder, name);
    this.state = join(grid.folder, `${name} state`);
    Deno.mkdirSync(this.files);
  }

  async join(): Promise<void> {
    const { grid, name } = this;
    const create = ["token", "create", `--data=${grid.data}`, "--approved", `--name=${name}`];
    const file = join(grid.folder, `${name}.token`);
    Deno.writeTextFileSync(file, (await grid.run("nucleus", create)).trim(), { mode: 0o600 });
    const args = ["join", `--hub=${grid.hub}`, `--token-file=${file}`, `--state=${this.state}`];
    await grid.run("star", args, name);
  }

  async start(more: string[] = []): Promise<void> {
    const { grid, name, port, counter } = this;
    const listen = [`--listen=${grid.address(name)}:${port}`];
    if (counter) listen.push(`--advertise=127.0.0.1:${counter.port}`);
    const args = ["run", `--state=${this.state}`, `--allow=${this.files}`];
    const whole = [...args, ...this.listens ? listen : [], ...more];
    this.process = grid.spawn("star", whole, name, this.through);
    await within(this.process.waitFor(/connected to/, "stderr"), `Star ${this.name} connects`);
  }

  async kill(): Promise<void> {
    this.process!.kill("SIGKILL");
    await within(this.process!.result, `Star ${this.name} dies`);
  }

  /** A path below its files. */
  path(...names: string[]): string {
    return join(this.files, ...names);
  }
}

/** What a test asks of the grid. */
export interface TwoStarsOptions {
  /** Whether the first Star can be dialled. */
  listens?: boolean;
  /** Whether the second Star can. */
  secondListens?: boolean;
  /** Makes the Nucleus's files, and gives lines of nucleus.toml. */
  config?: (folder: string) => string;
  /** Stars that don't take part. */
  without?: readonly ("from" | "to")[];
  /** Each program runs on a host of its own here, and nothing is counted. */
  network?: TestNetwork;
}

/** The grid: content is to go from `from` to `to`. */
export class TwoStars implements AsyncDisposable {
  readonly #folder = makeTempDirectory({ on: "disk" });
  readonly folder = this.#folder.path;
  readonly data = join(this.folder, "nucleus");
  readonly port = freePort();
  readonly counter = new Counter(this.port);
  readonly from = new StarProgram(this, "from");
  readonly to = new StarProgram(this, "to");
  nucleus: OrbitProcess | undefined;
  #client: Deno.HttpClient | undefined;
  #fingerprint = "";

  private constructor(readonly network: TestNetwork | undefined) {}

  static async start(options: TwoStarsOptions = {}): Promise<TwoStars> {
    const { listens = true, secondListens = false, config = () => "", network } = options;
    const { without = [] } = options;
    await using stack = new AsyncDisposableStack();
    const grid = stack.use(new TwoStars(network));
    const init = ["init", "--json", `--data=${grid.data}`, `--admin-token-file=${grid.#tokenFile}`];
    grid.#fingerprint = JSON.parse(await grid.run("nucleus", init)).fingerprint;
    const settings = `listen.names = ["${grid.address("nucleus")}"]\n${config(grid.folder)}`;
    Deno.writeTextFileSync(join(grid.data, "nucleus.toml"), settings);
    const authority = Deno.readTextFileSync(join(grid.data, "authority.crt"));
    // The Nucleus closes connections that nobody uses for a while, which a request may cross.
    grid.#client = Deno.createHttpClient({ caCerts: [authority], poolIdleTimeout: 1000 });
    await grid.startNucleus();
    grid.from.listens = listens;
    grid.to.listens = secondListens;
    if (listens && network === undefined) grid.from.counter = new Counter(grid.from.port);
    for (const star of [grid.from, grid.to]) {
      if (without.includes(star.name)) continue;
      await star.join();
      await star.start();
    }
    stack.move();
    return grid;
  }

  get #tokenFile(): string {
    return join(this.folder, "admin.token");
  }

  /** Where a host is reached. */
  address(host: HostName): string {
    return this.network?.address(host) ?? "127.0.0.1";
  }

  /** Where Stars reach the Nucleus. */
  get hub(): string {
    const { network, port, counter } = this;
    return network ? `${network.address("nucleus")}:${port}` : `127.0.0.1:${counter.port}`;
  }

  async startNucleus(): Promise<void> {
    const listen = `--listen=${this.address("nucleus")}:${this.port}`;
    this.nucleus = this.spawn("nucleus", ["run", `--data=${this.data}`, listen], "nucleus");
    await within(this.nucleus.waitFor(/is listening/, "stderr"), "the Nucleus listens");
  }

  async killNucleus(): Promise<void> {
    this.nucleus!.kill("SIGKILL");
    await within(this.nucleus!.result, "the Nucleus dies");
  }

  /** @param host Where it runs; on this process's own when left out. */
  spawn(
    program: ProgramName,
    args: string[],
    host?: HostName,
    through: readonly string[] = [],
  ): OrbitProcess {
    const main = { orbit: "cli/main.ts", star: "star/main.ts", nucleus: "nucleus/main.ts" };
    const run = [...through, Deno.execPath(), "run", "-q", `-P=${program}`, "--no-prompt"];
    const command = [...run, join(ROOT, main[program]), ...args];
    const whole = host && this.network ? this.network.on(host, command) : command;
    return startProcess(whole, { home: this.folder });
  }

  /** Runs a program to its end, which has to be a good one. */
  async run(program: ProgramName, args: string[], host?: HostName): Promise<string> {
    await using process = this.spawn(program, args, host);
    const { code, stdout, stderr } = await within(process.result, args.join(" "));
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** Starts `orbit`. */
  startOrbit(...args: string[]): OrbitProcess {
    return this.spawn("orbit", [
      ...args,
      ...[
        `--nucleus=${this.address("nucleus")}:${this.port}`,
        `--fingerprint=${this.#fingerprint}`,
      ],
      `--token-file=${this.#tokenFile}`,
    ]);
  }

  /** Runs `orbit` to its end. */
  async orbit(...args: string[]): Promise<OrbitResult> {
    await using process = this.startOrbit(...args);
    return await within(process.result, args.join(" "), 60_000);
  }

  /** What the Nucleus answers, at a path below `/api/v1`. */
  async ask(path: string, body?: unknown): Promise<Response> {
    return await this.fetch(`/api/v1${path}`, { body });
  }

  /** What the Nucleus answers to its admin, or to whoever is named instead. */
  async fetch(
    path: string,
    { body, authorization = `Bearer ${Deno.readTextFileSync(this.#tokenFile).trim()}` }: {
      body?: unknown;
      authorization?: string;
    } = {},
  ): Promise<Response> {
    const method = body === undefined ? "GET" : "POST";
    const headers = { authorization, "content-type": "application/json" };
    const url = `https://${this.address("nucleus")}:${this.port}${path}`;
    const request = { client: this.#client, method, headers, body: JSON.stringify(body) };
    return await within(fetch(url, request), path);
  }

  // deno-lint-ignore no-explicit-any
  async json(path: string, body?: unknown): Promise<any> {
    const response = await this.ask(path, body);
    const text = await response.text();
    assert(response.ok, text);
    return JSON.parse(text);
  }

  /** Begins a sync of what is in a folder of the one Star into a folder of the other. */
  async sync(more: object = {}): Promise<string> {
    const source = { star: "from", path: this.from.path("tree") };
    const destination = { star: "to", path: this.to.path("tree") };
    const order = { kind: "sync", source, destination, contents: true, ...more };
    return (await this.json("/jobs", order)).job.id;
  }

  // deno-lint-ignore no-explicit-any
  async job(id: string): Promise<any> {
    return (await this.json(`/jobs/${id}`)).job;
  }

  /** Waits for the job's end. */
  // deno-lint-ignore no-explicit-any
  async over(id: string, ms = 60_000): Promise<any> {
    return await this.until(
      async () => {
        const job = await this.job(id);
        return job.finishedAtMs > 0 ? job : undefined;
      },
      `job ${id} is over`,
      ms,
    );
  }

  /** Waits until there is an answer. */
  async until<T>(look: () => Promise<T | undefined>, what: string, ms = 60_000): Promise<T> {
    for (const endMs = performance.now() + ms;;) {
      const answer = await look();
      if (answer !== undefined) return answer;
      if (performance.now() > endMs) throw new Error(`${what}: not within ${ms} ms`);
      await new Promise((turn) => setTimeout(turn, 10));
    }
  }

  async [Symbol.asyncDispose]() {
    this.#client?.close();
    for (const process of [this.from.process, this.to.process, this.nucleus]) {
      await process?.[Symbol.asyncDispose]();
    }
    await this.from.counter?.[Symbol.asyncDispose]();
    await this.counter[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}
