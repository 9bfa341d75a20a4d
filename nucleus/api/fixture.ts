/** What the tests of this folder share: a surface over a temporary grid, and people who ask it. */
import type { Clock } from "#core/clock.ts";
import { createLogger, MemorySink } from "#core/log/mod.ts";
import { type JobId, type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import { decodeScanBatch, encodeScanBatch } from "#core/remote/mod.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { ConfiguredRoot } from "#core/program/roots.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { systemClock } from "#core/clock.ts";
import { TemporaryAdoption } from "../adoption/fixture.ts";
import type { SystemUse } from "#core/file_jobs/mod.ts";
import { JobChanges } from "../jobs/changes.ts";
import { JobDispatcher } from "../jobs/dispatcher.ts";
import { NucleusMetrics } from "../metrics/mod.ts";
import type { Role, Scope, Star } from "../store/mod.ts";
import { createStoredApiToken } from "./api_tokens.ts";
import { type Api, createApi } from "./app.ts";

/** Where requests by the network come from, unless a test says otherwise. */
export const ADDRESS = "192.0.2.99";

/** What came back. */
export interface Answer {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any
  body: any;
}

/** How a test asks. */
export interface Asking {
  /** An API token; none when left out. */
  as?: string;
  method?: string;
  body?: unknown;
  /** The body as it is, instead. */
  raw?: BodyInit;
  headers?: Record<string, string>;
  address?: string;
}

/** A surface over a temporary grid. Its Stars all have one disk, in memory, with `/data`. */
export class ApiBed implements AsyncDisposable {
  readonly changes = new JobChanges();
  readonly logged = new MemorySink();
  readonly dispatcher: JobDispatcher;
  readonly api: Api;
  /** Lets jobs reach their Stars; another in its place keeps them away again. */
  gate = Promise.withResolvers<void>();
  /** What jobs asked to do with the systems that they opened. */
  readonly uses: (SystemUse | undefined)[] = [];

  private constructor(
    readonly adoption: TemporaryAdoption,
    readonly jobs: JobStore,
    readonly system: OrbitSystem,
    localRoots: readonly ConfiguredRoot[],
  ) {
    const { store, clock } = adoption.grid;
    this.dispatcher = new JobDispatcher({
      store: jobs,
      systems: { open: (_, signal, use) => this.#open(signal, use) },
      // Work in this process takes what time it takes.
      clock: systemClock as Clock,
      encodeScan: encodeScanBatch,
      onChange: this.changes.tell,
      onCrash: (id, { message }) => {
        throw new Error(`${id}: ${message}`);
      },
    });
    this.dispatcher.start();
    this.api = createApi({
      ...{ store, adoption: adoption.adoption, clock },
      metrics: new NucleusMetrics({
        ...{ stars: store.stars, jobs, clock, links: { size: 0 } },
        refusedConnections: () => 0,
      }),
      log: createLogger({ sink: this.logged }),
      jobs: {
        ...{ store: jobs, desk: this.dispatcher, changes: this.changes, localRoots },
        decodeScan: decodeScanBatch,
      },
    });
  }

  static async open(
    { localRoots = [], files = {} }: {
      localRoots?: ConfiguredRoot[];
      files?: Record<string, string>;
    } = {},
  ): Promise<ApiBed> {
    const adoption = await TemporaryAdoption.open();
    const jobs = openJobStore(adoption.grid.folder.path);
    // What is made by several calls has one time, however long they take.
    const disk = createMemoryDisk({ roots: ["/data"], now: () => 1_700_000_000_000 });
    using tree = disk.openTree("/data");
    for (const [path, content] of Object.entries(files)) {
      const folder = path.split("/").slice(0, -1).join("/");
      if (folder !== "" && tree.facts(folder) === null) tree.makeDirectory(folder, 0o755);
      using file = tree.createFile(path);
      file.write(new TextEncoder().encode(content), 0);
    }
    const system = await openInlineSystem(disk);
    return new ApiBed(adoption, jobs, system, localRoots);
  }

  async #open(signal: AbortSignal, use: SystemUse | undefined): Promise<OrbitSystem> {
    this.uses.push(use);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    await Promise.race([this.gate.promise, aborted.promise]);
    signal.removeEventListener("abort", abort);
    return this.system;
  }

  get store() {
    return this.adoption.grid.store;
  }

  /** An API token's text. */
  token(role: Role = "admin", scope: Scope = {}): string {
    const { store, clock } = this.adoption.grid;
    const request = { name: `a ${role}`, role, ...scope };
    return createStoredApiToken({ store, clock }, request, { kind: "cli" }).text;
  }

  /** A Star that is active, unless said otherwise. */
  star(name: string, star: { constellation?: string; isApproved?: boolean } = {}): Star {
    return this.adoption.grid.addStar({ name, ...star });
  }

  async raw(path: string, asking: Asking = {}): Promise<Response> {
    const { as, method = asking.body === undefined ? "GET" : "POST", body, raw } = asking;
    const headers = new Headers(asking.headers);
    if (as !== undefined) headers.set("authorization", `Bearer ${as}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const request = new Request(`http://nucleus${path}`, {
      ...{ method, headers },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const address = asking.address ?? ADDRESS;
    return await this.api.fetch(request, { caller: { via: "network", address } });
  }

  /** Asks below `/api/v1`, and reads JSON. */
  async ask(path: string, asking: Asking = {}): Promise<Answer> {
    const response = await this.raw(`/api/v1${path}`, asking);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** What the audit log has, the newest first, in a few words each. */
  audited(limit = 100): string[] {
    return this.store.audit.list({ limit }).map(({ actor, action, outcome }) =>
      `${actor.kind} ${action} ${outcome}`
    );
  }

  /** Waits until a job is over. */
  async over(id: string): Promise<string> {
    const job = () => this.jobs.job(id as JobId);
    const isOver = () => job().finishedAtMs !== undefined && this.dispatcher.running === 0;
    await this.until(id, isOver);
    return job().state;
  }

  /** Waits for a change of a job after which something is true. */
  async until(id: string, isTrue: () => boolean): Promise<void> {
    for (;;) {
      const changed = Promise.withResolvers<void>();
      using _listening = this.changes.listen(id as JobId, () => changed.resolve());
      if (isTrue()) return;
      await changed.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispatcher[Symbol.asyncDispose]();
    await this.system[Symbol.asyncDispose]();
    this.jobs[Symbol.dispose]();
    await this.adoption[Symbol.asyncDispose]();
  }
}
