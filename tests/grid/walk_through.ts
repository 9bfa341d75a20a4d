/**
 * What a new user does at two shells, from the first command to results, with either side killed in
 * the middle of a job. The programs run from source or packed: that is the launcher's business.
 */
import assert from "node:assert/strict";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { landlockAbi, openLibc } from "#core/posix/mod.ts";
import { within } from "./bad_days/support.ts";
import { type Launcher, Programs, type Running } from "./programs.ts";

/** Names that shells, URLs and terminals would like to take apart. */
const SMALL = ["plain", "with space", 'sub/it\'s "quoted"', "sub/deep/ü; $x & 100%"];
/** Enough to be hashed for a second or more; without a block on the disk. */
const LARGE = 48, LARGE_BYTES = 64 << 20;

/** A Nucleus, a Star, their user, and real files. */
class Walk implements AsyncDisposable {
  readonly programs: Programs;
  readonly data: string;
  readonly tokenFile: string;
  readonly files: string;
  #client: Deno.HttpClient | undefined;
  #authorization = "";
  port = 0;
  nucleus: Running | undefined;
  star: Running | undefined;

  constructor(launcher: Launcher) {
    this.programs = new Programs(launcher);
    this.data = this.programs.path("the Nucleus");
    this.tokenFile = this.programs.path("admin token");
    this.files = this.programs.path("my files");
    for (const name of SMALL) {
      const path = `${this.files}/${name}`;
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      Deno.writeTextFileSync(path, `content of ${name}`);
    }
  }

  /** Runs a program to a good end. */
  async run(program: "orbit" | "star" | "nucleus", args: string[], stdin = ""): Promise<string> {
    const what = `${program} ${args.join(" ")}`;
    const { code, stdout, stderr } = await within(this.programs.run(program, args, stdin), what);
    assert.equal(code, 0, `${what}: ${stderr}`);
    return stdout;
  }

  async init(): Promise<string> {
    const args = [`--data=${this.data}`, `--admin-token-file=${this.tokenFile}`];
    const { fingerprint } = JSON.parse(await this.run("nucleus", ["init", "--json", ...args]));
    this.#authorization = `Bearer ${Deno.readTextFileSync(this.tokenFile).trim()}`;
    const authority = Deno.readTextFileSync(`${this.data}/authority.crt`);
    this.#client = Deno.createHttpClient({ caCerts: [authority] });
    return fingerprint;
  }

  async startNucleus(): Promise<void> {
    const listening = /is listening address=127\.0\.0\.1:(\d+)/;
    const args = ["run", `--data=${this.data}`, `--listen=127.0.0.1:${this.port}`];
    this.nucleus = await within(this.programs.start("nucleus", args, listening), "the Nucleus");
    this.port = Number((await this.nucleus.says(listening))[1]);
  }

  async join(): Promise<void> {
    const create = ["token", "create", `--data=${this.data}`, "--name=nas-1", "--approved"];
    const token = await this.run("nucleus", create);
    await this.run("star", ["join", `--hub=127.0.0.1:${this.port}`, this.#state], token);
  }

  async startStar(): Promise<void> {
    const args = ["run", this.#state, `--allow=${this.files}`];
    this.star = await within(this.programs.start("star", args, /connected to/), "the Star");
  }

  // deno-lint-ignore no-explicit-any
  async status(): Promise<any> {
    return JSON.parse(await this.run("star", ["status", "--json", this.#state]));
  }

  get #state(): string {
    return "--state=the Star"; // from the home, where programs start
  }

  /** What the Nucleus answers by REST, in lines of JSON. */
  // deno-lint-ignore no-explicit-any
  async ask(path: string, body?: unknown): Promise<any[]> {
    const response = await within(
      fetch(`https://127.0.0.1:${this.port}/api/v1${path}`, {
        client: this.#client,
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: this.#authorization, "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
      path,
    );
    const text = await response.text();
    assert(response.ok, text);
    return text.trim().split("\n").map((line) => JSON.parse(line));
  }

  /** Makes a job by REST. */
  async submit(kind: string): Promise<string> {
    const here = { star: "nas-1", path: this.files };
    const places = kind === "verify" ? { source: here, destination: here } : { at: here };
    return (await this.ask("/jobs", { kind, ...places }))[0].job.id;
  }

  /** Waits for what a job is to be. */
  // deno-lint-ignore no-explicit-any
  async jobWhen(id: string, isTrue: (job: any) => boolean): Promise<any> {
    const endMs = performance.now() + 40_000;
    for (;;) {
      const [{ job }] = await this.ask(`/jobs/${id}`);
      if (isTrue(job)) return job;
      assert(performance.now() < endMs, JSON.stringify(job));
      await new Promise((turn) => setTimeout(turn, 10));
    }
  }

  /** What a job found, when it is over. */
  // deno-lint-ignore no-explicit-any
  async found(id: string): Promise<any[]> {
    const job = await this.jobWhen(id, ({ finishedAtMs }) => finishedAtMs !== undefined);
    assert.equal(job.state, "succeeded", JSON.stringify(job));
    const lines = await this.ask(`/jobs/${id}/results`);
    assert.deepEqual(lines.pop(), { type: "end", state: "succeeded" });
    // Between them stand marks from which to read on.
    return lines.filter(({ type }) => type !== "cursor");
  }

  async [Symbol.asyncDispose]() {
    this.#client?.close();
    await this.programs[Symbol.asyncDispose]();
  }
}

/** What lies below the walk's files: paths of all entries, and of files. */
const ENTRIES = [...SMALL, "sub", "sub/deep"].sort();

const blake3 = await openBlake3();
const libc = openLibc();
const hasLandlock = "libc" in libc && landlockAbi(libc.libc) > 0;

/** From init to results, by REST and by `orbit`. */
async function firstSteps(walk: Walk): Promise<void> {
  const fingerprint = await walk.init();
  await walk.startNucleus();
  await walk.join();
  await walk.startStar();
  const { connected, walls, roots } = await walk.status();
  assert.deepEqual([connected, roots[0].path], [true, walk.files]);
  assert.deepEqual([walls.runtime, walls.app !== null], [true, true], JSON.stringify(walls));
  assert.equal(walls.kernel !== null, hasLandlock, JSON.stringify(walls));

  const entries = await walk.found(await walk.submit("scan"));
  assert.deepEqual(entries.map(({ path }) => path).sort(), ENTRIES);
  const hashes = await walk.found(await walk.submit("hash"));
  assert.deepEqual(hashes.map(({ path }) => path).sort(), [...SMALL].sort());
  for (const { path, hash } of hashes) assert.equal(hash, hashOf(`${walk.files}/${path}`), path);
  const same = await walk.found(await walk.submit("verify"));
  assert.deepEqual(same.map(({ type, path }) => `${type} ${path}`).sort(), sames());

  const url = `https://localhost:${walk.port}`;
  const trust = [`--fingerprint=${fingerprint}`, `--token-file=${walk.tokenFile}`];
  await walk.run("orbit", ["nucleus", "add", url, ...trust]);
  assert.match(await walk.run("orbit", ["stars"]), /^nas-1 +online/m);
  const place = `nas-1:${walk.files}`;
  const hashed = await walk.run("orbit", ["jobs", "run", "hash", place, "--results"]);
  assert(hashed.includes(`${hashOf(`${walk.files}/plain`)}  plain\n`), hashed);
  const scanned = await walk.run("orbit", ["jobs", "run", "scan", place, "--results", "--json"]);
  const paths = scanned.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ type }) => type === "entry").map(({ path }) => path);
  assert.deepEqual(paths.sort(), ENTRIES);
  await walk.run("orbit", ["jobs", "run", "verify", place, place]);
}

function sames(): string[] {
  return SMALL.map((path) => `same ${path}`).sort();
}

function hashOf(path: string): string {
  return toHex(blake3.hash(Deno.readFileSync(path)));
}

/** Kills one side while a job hashes, and starts it again: the job ends once, with everything. */
async function killInTheMiddle(walk: Walk, side: "star" | "nucleus"): Promise<void> {
  const id = await walk.submit("hash");
  await walk.jobWhen(id, ({ steps }) => steps.some(({ counts }: Steps) => counts.done.items > 0));
  if (side === "star") {
    await within(walk.star!.stop("SIGKILL"), "the Star dies");
    const [{ job }] = await walk.ask(`/jobs/${id}`);
    assert.equal(job.finishedAtMs, undefined, "it was over before the Star died");
    await walk.startStar();
  } else {
    await within(walk.nucleus!.stop("SIGKILL"), "the Nucleus dies");
    await walk.startNucleus();
  }
  const found = await walk.found(id);
  const expected = [...SMALL, ...largeNames()].sort();
  assert.deepEqual(found.map(({ path }) => path).sort(), expected, "every file once");
  const [{ job }] = await walk.ask(`/jobs/${id}`);
  if (side === "nucleus") assert.equal(job.attempt, 2, "it was over before the Nucleus died");
  const again = await walk.ask(`/jobs/${id}/items?limit=1000`);
  assert.equal(again[0].items.length, expected.length);
}

interface Steps {
  counts: { done: { items: number } };
}

function largeNames(): string[] {
  return Array.from({ length: LARGE }, (_, at) => `large-${at}`);
}

/** The whole of it, in steps. */
export async function walkThrough(t: Deno.TestContext, launcher: Launcher): Promise<void> {
  await using walk = new Walk(launcher);
  const passed = await t.step("init, run, token, join, run; scan, hash and verify", async () => {
    await firstSteps(walk);
  });
  if (!passed) return;
  for (const name of largeNames()) {
    using file = Deno.openSync(`${walk.files}/${name}`, { write: true, createNew: true });
    file.truncateSync(LARGE_BYTES);
  }
  await t.step("kill -9 of the Star in a job", () => killInTheMiddle(walk, "star"));
  await t.step({
    name: "the Star hashes by the native addon",
    ignore: Deno.build.os !== "linux",
    fn: () => {
      const maps = Deno.readTextFileSync(`/proc/${walk.star!.pid}/maps`);
      assert.match(maps, /blake[^\n]*\.node$/m);
    },
  });
  await t.step("kill -9 of the Nucleus in a job", () => killInTheMiddle(walk, "nucleus"));
  await t.step("SIGTERM ends both with status 0", async () => {
    assert.equal(await within(walk.star!.stop("SIGTERM"), "the Star ends"), 0);
    assert.equal(await within(walk.nucleus!.stop("SIGTERM"), "the Nucleus ends"), 0);
  });
}
