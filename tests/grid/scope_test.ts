/** What a token that is limited to a folder can't do by links that lead out of it. */
import assert from "node:assert/strict";
import { lookAt } from "../faults/bed.ts";
import type { StarProgram } from "./two_stars.ts";
import { TwoStars } from "./two_stars.ts";

const SECRET = "what nobody else may read";

/** A grid, and somebody who reaches `projects` of both Stars; beside it lies what isn't theirs. */
class ScopedGrid implements AsyncDisposable {
  readonly #before = new Map<StarProgram, unknown>();

  private constructor(readonly grid: TwoStars, readonly authorization: string) {}

  static async start(): Promise<ScopedGrid> {
    await using stack = new AsyncDisposableStack();
    const grid = stack.use(await TwoStars.start({ listens: true }));
    const stars = [grid.from, grid.to];
    for (const star of stars) {
      for (const folder of ["projects/tree/sub", "projects/links", "secret/sub"]) {
        Deno.mkdirSync(star.path(folder), { recursive: true });
      }
      Deno.writeTextFileSync(star.path("secret/hidden"), SECRET);
      Deno.writeTextFileSync(star.path("secret/sub/hidden"), SECRET);
    }
    for (const name of ["a", "sub/b"]) {
      Deno.writeTextFileSync(grid.from.path("projects/tree", name), name);
    }
    const pathPrefixes = stars.map((star) => star.path("projects"));
    const asked = { name: "partner", role: "operator", pathPrefixes };
    const { text } = await grid.json("/api-tokens", asked);
    const scoped = new ScopedGrid(grid, `Bearer ${text}`);
    for (const star of stars) scoped.#before.set(star, lookAt(star.path("secret")));
    stack.move();
    return scoped;
  }

  /** A place of `projects`. */
  at(star: StarProgram, path: string) {
    return { star: star.name, path: star.path("projects", path) };
  }

  async ask(path: string, body?: unknown): Promise<Response> {
    return await this.grid.fetch(`/api/v1${path}`, { body, authorization: this.authorization });
  }

  async begin(order: object): Promise<string> {
    const response = await this.ask("/jobs", order);
    const text = await response.text();
    assert.equal(response.status, 201, text);
    return JSON.parse(text).job.id;
  }

  // deno-lint-ignore no-explicit-any
  async run(order: object): Promise<any> {
    return await this.grid.over(await this.begin(order));
  }

  async succeeds(order: object): Promise<string> {
    const { id, state, error } = await this.run(order);
    assert.equal(state, "succeeded", JSON.stringify({ order, error }));
    return id;
  }

  /** Runs a job that has to be refused, and tells nothing of what lies outside. */
  async isDenied(order: object, asked: string): Promise<void> {
    const { id, state, error } = await this.run(order);
    const told = JSON.stringify({ order, state, error });
    assert.deepEqual([state, error?.code], ["failed", "denied"], told);
    assert.match(error.message, /path leads outside its root/, told);
    assert(error.message.includes(JSON.stringify(asked)), told);
    const results = await (await this.ask(`/jobs/${id}/results`)).text();
    for (const text of [error.message, results]) assert.doesNotMatch(text, /secret|hidden/, told);
  }

  /** Nothing outside was changed, and nothing of it came in. */
  check(): void {
    for (const [star, before] of this.#before) {
      assert.deepEqual(lookAt(star.path("secret")), before);
      for (const { content } of lookAt(star.path("projects")).values()) {
        assert.notEqual(content?.toString(), SECRET);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.grid[Symbol.asyncDispose]();
  }
}

/** Links on both Stars, brought there by the token itself: a sync copies links as links. */
async function plantLinks(scoped: ScopedGrid): Promise<void> {
  const { from, to } = scoped.grid;
  const links = {
    absolute: to.path("secret"),
    climbing: "../../secret",
    "to-file": "../../secret/hidden",
    nowhere: to.path("missing"),
    within: "../tree",
  };
  for (const [name, target] of Object.entries(links)) {
    Deno.symlinkSync(target, from.path("projects/links", name));
  }
  await scoped.succeeds({
    ...{ kind: "copy", contents: true },
    ...{ source: scoped.at(from, ""), destination: scoped.at(to, "") },
  });
  assert.equal(Deno.readLinkSync(to.path("projects/links/absolute")), links.absolute);
}

const OUT = ["absolute", "climbing", "to-file", "nowhere", "absolute/sub", "climbing/sub/other"];

Deno.test("a token that reaches a folder reads nothing outside of it by links", async () => {
  await using scoped = await ScopedGrid.start();
  const { from, to } = scoped.grid;
  await plantLinks(scoped);
  const tree = scoped.at(from, "tree"), out = scoped.at(from, "out"), near = scoped.at(to, "near");
  await Promise.all(OUT.map(async (name) => {
    const at = scoped.at(to, `links/${name}`), { path } = at;
    for (const kind of ["scan", "hash", "chunk"]) await scoped.isDenied({ kind, at }, path);
    await scoped.isDenied({ kind: "verify", source: at, destination: tree }, path);
    await scoped.isDenied({ kind: "verify", source: tree, destination: at }, path);
    for (const contents of [false, true]) {
      await scoped.isDenied({ kind: "copy", source: at, contents, destination: out }, path);
      await scoped.isDenied({ kind: "sync", source: at, contents, destination: near }, path);
    }
    await scoped.isDenied({ kind: "mirror", source: at, destination: near, relay: true }, path);
    await scoped.isDenied({ kind: "move", source: at, contents: true, destination: out }, path);
  }));
  // What is met on the way isn't followed out either.
  const links = scoped.at(to, "links");
  for (const relay of [false, true]) {
    const options = { followLinks: true };
    for (const destination of [out, near]) {
      await scoped.run({ kind: "copy", source: links, destination, options, relay });
    }
  }
  scoped.check();
});

Deno.test("a token that reaches a folder writes nothing outside of it by links", async () => {
  await using scoped = await ScopedGrid.start();
  const { from, to } = scoped.grid;
  await plantLinks(scoped);
  const far = scoped.at(from, "tree"), near = scoped.at(to, "tree");
  const file = scoped.at(from, "tree/a");
  await Promise.all(OUT.map(async (name) => {
    const destination = scoped.at(to, `links/${name}`), { path } = destination;
    const copy = { kind: "copy", contents: true, destination };
    await scoped.isDenied({ ...copy, source: far }, path);
    await scoped.isDenied({ ...copy, source: far, destinationIsDirectory: true }, path);
    await scoped.isDenied({ ...copy, source: near }, path);
    await scoped.isDenied({ ...copy, source: far, kind: "mirror", relay: true }, path);
    await scoped.isDenied({ ...copy, source: far, kind: "move" }, path);
    await scoped.isDenied({ ...copy, source: far, options: { delete: true }, kind: "sync" }, path);
    await scoped.isDenied({ ...copy, source: far, options: { dryRun: true } }, path);
    await scoped.isDenied({ kind: "copy", source: far, destination }, `${path}/tree`);
    await scoped.isDenied({ ...copy, contents: false, source: file }, path);
    const sync = { kind: "sync", contents: true, source: far, destination: scoped.at(to, "new") };
    await scoped.isDenied({ ...sync, options: { linkDest: [path] } }, path);
  }));
  // A backup there fails what would be replaced, and leaves it as it was.
  Deno.writeTextFileSync(to.path("projects/tree/a"), "older");
  const backup = { directory: to.path("projects/links/absolute/backup") };
  const { state } = await scoped.run({
    ...{ kind: "copy", contents: true, source: far, destination: near, options: { backup } },
  });
  assert.notEqual(state, "succeeded");
  assert.equal(Deno.readTextFileSync(to.path("projects/tree/a")), "older");
  scoped.check();
});

Deno.test("links that stay in a token's folder go on working, and others for those without limits", async () => {
  await using scoped = await ScopedGrid.start();
  const { grid } = scoped, { from, to } = grid;
  await plantLinks(scoped);
  const within = scoped.at(to, "links/within"), out = scoped.at(from, "out");
  for (const kind of ["scan", "hash", "chunk"]) await scoped.succeeds({ kind, at: within });
  const ends = { source: within, contents: true, destination: out };
  await scoped.succeeds({ kind: "verify", source: within, destination: scoped.at(from, "tree") });
  for (const kind of ["copy", "mirror", "move"]) await scoped.succeeds({ kind, ...ends });
  assert.equal(Deno.readTextFileSync(from.path("projects/out/sub/b")), "sub/b");
  assert.deepEqual([...Deno.readDirSync(to.path("projects/tree"))], []);
  await scoped.succeeds({ kind: "copy", ...ends, source: out, destination: within });
  assert.equal(Deno.readTextFileSync(to.path("projects/tree/sub/b")), "sub/b");
  // Whole, without a slash, is the same.
  const whole = { kind: "sync", source: scoped.at(from, ""), destination: scoped.at(to, "tree") };
  await scoped.succeeds(whole);
  assert.equal(Deno.readTextFileSync(to.path("projects/tree/projects/tree/a")), "a");
  scoped.check();

  const at = scoped.at(to, "links/absolute");
  for (const kind of ["scan", "hash", "chunk"]) {
    const { job: { id } } = await grid.json("/jobs", { kind, at });
    assert.equal((await grid.over(id)).state, "succeeded");
  }
});

Deno.test("a link put in the place of a folder between two jobs, or before a job goes on, opens nothing", async () => {
  await using scoped = await ScopedGrid.start();
  const { grid } = scoped, { from, to } = grid;
  Deno.writeFileSync(from.path("projects/tree/large"), new Uint8Array(8 << 20).fill(7));
  const swap = (star: StarProgram, name: string) => {
    Deno.renameSync(star.path("projects", name), star.path("projects", `${name}-before`));
    Deno.symlinkSync(star.path("secret"), star.path("projects", name));
  };
  const source = scoped.at(from, "tree"), destination = scoped.at(to, "copy");
  const copy = { kind: "mirror", contents: true, source, destination };
  await scoped.succeeds(copy);
  swap(to, "copy");
  await scoped.isDenied(copy, destination.path);

  // In the middle of one, with the Nucleus killed as well: the scope is kept with the job.
  const slow = {
    ...copy,
    destination: scoped.at(to, "slow"),
    options: { bytesPerSecond: 1 << 18 },
  };
  const id = await scoped.begin(slow);
  const state = async (wanted: string) => {
    const job = await grid.job(id);
    return job.state === wanted && (wanted !== "running" || job.progress?.written > 0)
      ? job
      : undefined;
  };
  await grid.until(() => state("running"), "the job has begun to write");
  await grid.killNucleus();
  await to.kill();
  swap(to, "slow");
  await grid.startNucleus();
  await to.start();
  const { state: ended, error } = await grid.over(id);
  assert.deepEqual([ended, error.code], ["failed", "denied"], JSON.stringify(error));
  scoped.check();
});
