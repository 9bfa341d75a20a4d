/** A grid of real processes on this machine, each of which may be killed and started again. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OrbitProcess, startProcess } from "../../support/run.ts";
import { makeTempDirectory } from "../../support/temp.ts";
import { within } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

function commandOf(program: "nucleus" | "star", args: string[]): string[] {
  return [
    ...[Deno.execPath(), "run", "-q", `-P=${program}`, "--no-prompt"],
    ...[`${ROOT}${program}/main.ts`, ...args],
  ];
}

/** A port that is free now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** A Nucleus and a Star, as their users start them. */
export class Programs implements AsyncDisposable {
  readonly #folder = makeTempDirectory({ on: "disk" });
  readonly port = freePort();
  /** The Nucleus's data folder. */
  readonly data: string;
  /** What the Star serves. */
  readonly files = join(this.#folder.path, "files");
  readonly #state = join(this.#folder.path, "star");
  #client: Deno.HttpClient | undefined;
  #apiToken = "";
  nucleus: OrbitProcess | undefined;
  star: OrbitProcess | undefined;

  /** @param data The Nucleus's data folder; one of its own when left out. */
  private constructor(data?: string) {
    this.data = data ?? join(this.#folder.path, "nucleus");
    Deno.mkdirSync(this.files);
  }

  /** A Nucleus that runs. */
  static async start({ data }: { data?: string } = {}): Promise<Programs> {
    const programs = new Programs(data);
    await using stack = new AsyncDisposableStack();
    stack.use(programs);
    const tokenFile = join(programs.#folder.path, "admin.token");
    await programs.run("nucleus", [
      ...["init", `--data=${programs.data}`, `--admin-token-file=${tokenFile}`],
    ]);
    programs.#apiToken = Deno.readTextFileSync(tokenFile).trim();
    programs.#client = Deno.createHttpClient({
      caCerts: [Deno.readTextFileSync(join(programs.data, "authority.crt"))],
    });
    await programs.startNucleus();
    stack.move();
    return programs;
  }

  /** Runs a program to its end, which has to be a good one. */
  async run(program: "nucleus" | "star", args: string[]): Promise<string> {
    await using process = this.spawn(program, args);
    const { code, stdout, stderr } = await within(process.result, args.join(" "));
    assert.equal(code, 0, stderr);
    return stdout;
  }

  spawn(program: "nucleus" | "star", args: string[]): OrbitProcess {
    return startProcess(commandOf(program, args), { home: this.#folder.path });
  }

  async startNucleus(): Promise<void> {
    const listen = `--listen=127.0.0.1:${this.port}`;
    this.nucleus = this.spawn("nucleus", ["run", `--data=${this.data}`, listen]);
    await within(this.nucleus.waitFor(/is listening/, "stderr"), "the Nucleus listens");
  }

  /** Makes this machine a Star, and starts it. */
  async addStar(options: string[] = []): Promise<void> {
    const create = ["token", "create", `--data=${this.data}`, "--approved", "--name=nas"];
    const token = (await this.run("nucleus", create)).trim();
    const file = join(this.#folder.path, "join.token");
    Deno.writeTextFileSync(file, token, { mode: 0o600 });
    const hub = `--hub=127.0.0.1:${this.port}`;
    await this.run("star", ["join", hub, `--token-file=${file}`, `--state=${this.#state}`]);
    this.startStar(options);
  }

  startStar(options: string[] = []): void {
    const places = [`--state=${this.#state}`, `--allow=${this.files}`];
    this.star = this.spawn("star", ["run", ...places, ...options]);
  }

  /** What the Nucleus answers, at a path below `/api/v1`. */
  async ask(path: string, body?: unknown): Promise<Response> {
    return await within(
      fetch(`https://127.0.0.1:${this.port}/api/v1${path}`, {
        client: this.#client,
        method: body === undefined ? "GET" : "POST",
        headers: {
          authorization: `Bearer ${this.#apiToken}`,
          ...body === undefined ? {} : { "content-type": "application/json" },
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
      path,
    );
  }

  /** As {@linkcode ask}, for what has to go well. */
  // deno-lint-ignore no-explicit-any
  async json(path: string, body?: unknown): Promise<any> {
    const response = await this.ask(path, body);
    const text = await response.text();
    assert(response.ok, text);
    return JSON.parse(text);
  }

  async submit(job: object): Promise<string> {
    return (await this.json("/jobs", job)).job.id;
  }

  /** Everything that a job found. */
  // deno-lint-ignore no-explicit-any
  async results(id: string): Promise<any[]> {
    const response = await this.ask(`/jobs/${id}/results`);
    const lines = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.at(-1).type, "end", JSON.stringify(lines.at(-1)));
    return lines;
  }

  /** Waits for what the Nucleus is to answer. */
  // deno-lint-ignore no-explicit-any
  async until(path: string, isTrue: (answer: any) => boolean, ms = 60_000): Promise<any> {
    const endMs = performance.now() + ms;
    for (;;) {
      const answer = await this.json(path);
      if (isTrue(answer)) return answer;
      if (performance.now() > endMs) throw new Error(`${path}: ${JSON.stringify(answer)}`);
      await new Promise((turn) => setTimeout(turn, 20));
    }
  }

  async [Symbol.asyncDispose]() {
    this.#client?.close();
    for (const process of [this.star, this.nucleus]) await process?.[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}
