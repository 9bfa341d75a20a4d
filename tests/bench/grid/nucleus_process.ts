/** The program `orbit-nucleus` in a process of its own, asked as programs ask it: over REST. */
import {
  GridApi,
  type JobEventLine,
  type JobRequest,
  type JobShape,
  type StarShape,
} from "#core/grid_api/mod.ts";
import type { OrbitProcess } from "../../support/run.ts";
import { programCommand, runProgram, startProgram } from "./programs.ts";
import type { HeartbeatReport } from "./watch_sockets.ts";

/** How a Nucleus is started. */
export interface NucleusOptions {
  /** Has `watch_sockets.ts` look at its sockets. */
  watched?: boolean;
  /** More flags of the runtime's. */
  flags?: readonly string[];
}

/** A running Nucleus. */
export class NucleusProcess implements AsyncDisposable {
  private constructor(
    private readonly process: OrbitProcess,
    private readonly http: Deno.HttpClient,
    private readonly reportPath: string,
    readonly address: string,
    readonly api: GridApi,
  ) {}

  /** Makes a Nucleus in an empty folder, and runs it. */
  static async start(
    folder: string,
    { watched = false, flags }: NucleusOptions = {},
  ): Promise<NucleusProcess> {
    const data = `${folder}/nucleus`, tokenPath = `${folder}/token`;
    const reportPath = `${folder}/report.json`;
    const init = ["init", `--data=${data}`, `--admin-token-file=${tokenPath}`];
    await runProgram(programCommand("nucleus", init), folder);
    const run = ["run", `--data=${data}`, "--listen=127.0.0.1:0", "--log-format=json"];
    const preload = watched ? "watch_sockets.ts" : undefined;
    const process = startProgram(programCommand("nucleus", run, { preload, flags }), {
      home: folder,
      env: { ORBIT_BENCH_REPORT: reportPath },
    });
    const [, address] = await process.waitFor(/"address":"([^"]+)"/, "stderr");
    const http = Deno.createHttpClient({
      caCerts: [Deno.readTextFileSync(`${data}/authority.crt`)],
      http2: false,
    });
    const authorization = `Bearer ${Deno.readTextFileSync(tokenPath).trim()}`;
    const api = new GridApi((request) => {
      request.headers.set("authorization", authorization);
      const { pathname, search } = new URL(request.url);
      return fetch(new Request(`https://${address}${pathname}${search}`, request), {
        client: http,
      });
    });
    return new NucleusProcess(process, http, reportPath, address, api);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** The text of a join token whose Star is active at once. */
  async createToken(): Promise<string> {
    const body = { approved: true };
    return (await this.api.json<{ text: string }>("/tokens", { method: "POST", body })).text;
  }

  async submit(request: JobRequest): Promise<JobShape> {
    const body = request;
    return (await this.api.json<{ job: JobShape }>("/jobs", { method: "POST", body })).job;
  }

  /** Runs a job to its end, and makes sure that all went well. */
  async run(request: JobRequest): Promise<JobShape> {
    let job = await this.submit(request);
    for await (const line of this.api.lines<JobEventLine>(`/jobs/${job.id}/events`)) {
      if (line.type === "job") job = line.job;
    }
    if (job.state !== "succeeded") throw new Error(`job: ${JSON.stringify(job)}`);
    return job;
  }

  /** How many entries a scan found. */
  async countEntries({ id }: JobShape): Promise<number> {
    let entries = 0;
    for await (const { type } of this.api.lines<{ type: string }>(`/jobs/${id}/results`)) {
      if (type === "entry") entries++;
    }
    return entries;
  }

  /** Waits until a Star is there. */
  async online(): Promise<StarShape> {
    for (;;) {
      const { stars } = await this.api.json<{ stars: StarShape[] }>("/stars");
      const star = stars.find(({ status }) => status === "online");
      if (star !== undefined) return star;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What was seen at its sockets since the last time. */
  async report(): Promise<HeartbeatReport> {
    removeIfThere(this.reportPath);
    this.process.kill("SIGUSR2");
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        return JSON.parse(Deno.readTextFileSync(this.reportPath));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.http.close();
    this.process.kill("SIGTERM");
    await this.process.result;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
