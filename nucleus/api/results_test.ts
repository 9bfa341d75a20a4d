import assert from "node:assert/strict";
import { ApiBed } from "./fixture.ts";

const FILES = { "a.txt": "alpha", "b/c.txt": "gamma", "b/d.txt": "delta", "h": "" };
const at = { star: "nas", path: "/data" };

// deno-lint-ignore no-explicit-any
type Line = any;

/** A bed with one Star, and the lines of the results of a job on it. */
async function finished(body: object, files: Record<string, string> = FILES) {
  const bed = await ApiBed.open({ files });
  bed.gate.resolve();
  const as = bed.token("operator");
  bed.star("nas");
  const { id } = (await bed.ask("/jobs", { as, body })).body.job;
  await bed.over(id);
  const results = async (query = ""): Promise<Line[]> => {
    const response = await bed.raw(`/api/v1/jobs/${id}/results${query}`, { as });
    assert.equal(response.headers.get("content-type"), "application/x-ndjson");
    return (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  };
  return { bed, as, id, results, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() };
}

function paths(lines: Line[], type: string): string[] {
  return lines.filter((line) => line.type === type).map(({ path }) => path).sort();
}

Deno.test("results of a scan are its entries with their facts", async () => {
  await using job = await finished({ kind: "scan", at, filter: ["- h"] });
  const lines = await job.results();
  assert.deepEqual(paths(lines, "entry"), ["a.txt", "b", "b/c.txt", "b/d.txt"]);
  const entry = lines.find(({ path }) => path === "b/c.txt");
  assert.deepEqual([entry.kind, entry.size], ["file", 5]);
  assert.deepEqual(lines.at(-1), { type: "end", state: "succeeded" });
});

Deno.test("results of a hash are the files with their hashes", async () => {
  await using job = await finished({ kind: "hash", at });
  const lines = await job.results();
  assert.deepEqual(paths(lines, "file"), Object.keys(FILES).sort());
  for (const { hash, type } of lines) if (type === "file") assert.match(hash, /^[0-9a-f]{64}$/);
});

Deno.test("results of chunking are the chunks, and the files", async () => {
  await using job = await finished({ kind: "chunk", at });
  const lines = await job.results();
  assert.deepEqual(paths(lines, "chunk"), ["a.txt", "b/c.txt", "b/d.txt"]);
  assert.deepEqual(paths(lines, "file"), Object.keys(FILES).sort());
  const chunk = lines.find(({ type }) => type === "chunk");
  assert.deepEqual([chunk.offset, chunk.length], [0, 5]);
});

Deno.test("results of a verification are what is the same and what differs", async () => {
  const files = { "x/a": "one", "x/b": "two", "x/c": "new", "y/a": "one", "y/b": "TWO" };
  const place = (path: string) => ({ star: "nas", path: `/data/${path}` });
  const body = { kind: "verify", source: place("x"), destination: place("y") };
  await using job = await finished(body, files);
  const lines = await job.results();
  assert.deepEqual(paths(lines, "same"), ["a"]);
  assert.ok(paths(lines, "difference").includes("b"));
  assert.equal(lines.at(-1).state, "partial");
});

Deno.test("results of a dry run are its plan", async () => {
  await using bed = await ApiBed.open({ files: { "a/x": "1", "b/y": "2" } });
  bed.gate.resolve();
  const as = bed.token("operator");
  bed.star("nas");
  const body = {
    kind: "sync",
    source: { star: "nas", path: "/data/a" },
    destination: { star: "nas", path: "/data/b" },
    contents: true,
    options: { dryRun: true, delete: true, maxDelete: { percent: 100 } },
  };
  const { id } = (await bed.ask("/jobs", { as, body })).body.job;
  assert.equal(await bed.over(id), "succeeded");
  const text = await (await bed.raw(`/api/v1/jobs/${id}/results`, { as })).text();
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  const plan = lines.filter(({ type }) => type === "plan");
  assert.deepEqual(plan.map(({ kind, path }) => [kind, path]).sort(), [
    ...[["copy", "x"], ["delete", "y"]],
  ]);
  assert.equal(lines.find(({ type }) => type === "planned").outcome, "complete");
});

Deno.test("results go on from every cursor without a loss", async () => {
  for (const kind of ["scan", "hash", "chunk"]) {
    await using job = await finished({ kind, at });
    const all = await job.results();
    for (const [index, { type, after }] of all.entries()) {
      if (type !== "cursor") continue;
      assert.deepEqual(await job.results(`?after=${after}`), all.slice(index + 1));
    }
  }
});

Deno.test("results of many items come in pages with cursors between", async () => {
  const files = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`f${i}`, "x"]));
  await using job = await finished({ kind: "hash", at }, files);
  const lines = await job.results();
  assert.equal(paths(lines, "file").length, 1200);
  assert.equal(lines.filter(({ type }) => type === "cursor").length, 2);
  const { after } = lines.findLast(({ type }) => type === "cursor");
  assert.equal(paths(await job.results(`?after=${after}`), "file").length, 200);
});

Deno.test("results are made only as fast as they are read, and end with their reader", async () => {
  const files = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`f${i}`, "x"]));
  await using job = await finished({ kind: "hash", at }, files);
  const { bed, id, as } = job;
  let pages = 0;
  const items = bed.jobs.items.bind(bed.jobs);
  bed.jobs.items = (id, filter) => (pages++, items(id, filter));
  const response = await bed.raw(`/api/v1/jobs/${id}/results`, { as });
  const reader = response.body!.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(pages, 1);
  await reader.cancel();
  assert.equal(pages, 1);
});

Deno.test("results are refused while the job isn't over, and for what is no cursor", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("operator");
  bed.star("nas");
  const { id } = (await bed.ask("/jobs", { as, body: { kind: "scan", at } })).body.job;
  const early = await bed.ask(`/jobs/${id}/results`, { as });
  assert.equal(early.status, 409);
  assert.match(early.body.error.message, /it is (pending|running), not over/);
  await bed.ask(`/jobs/${id}/cancel`, { as, body: {} });
  await bed.over(id);
  for (const after of ["x", "o1", "i-1", "o1.2.3", "i99999999999999999999"]) {
    assert.equal((await bed.ask(`/jobs/${id}/results?after=${after}`, { as })).status, 400);
  }
});

Deno.test("results that can't be read end with an error line, and say no path of ours", async () => {
  await using job = await finished({ kind: "scan", at });
  job.bed.jobs.outputs = () => {
    throw new Error("read /var/lib/orbit-nucleus/jobs.db");
  };
  const [line, ...rest] = await job.results();
  assert.deepEqual(rest, []);
  assert.equal(line.type, "error");
  assert.ok(!JSON.stringify(line).includes("/var/lib"));
  assert.ok(job.bed.logged.lines.some((line) => line.includes("/var/lib")));
});

Deno.test("HEAD opens no stream", async () => {
  await using job = await finished({ kind: "hash", at });
  const path = `/api/v1/jobs/${job.id}/results`;
  for (let i = 0; i < 300; i++) {
    const response = await job.bed.raw(path, { as: job.as, method: "HEAD" });
    assert.equal(response.status, 200);
  }
});

Deno.test("results of a job that explains a path are what is known of it, and nothing was done", async () => {
  await using job = await finished({
    kind: "mirror",
    source: { star: "nas", path: "/data/b" },
    destination: { star: "nas", path: "/data/copy" },
    contents: true,
    explain: "c.txt",
  });
  const lines = await job.results();
  assert.deepEqual(lines.map(({ type }) => type), ["explain", "cursor", "planned", "end"]);
  const { path, conclusion, source } = lines[0].explanation;
  assert.deepEqual([path, conclusion, source.size], ["c.txt", "would be copied: new", 5]);
  const { bed, as } = job;
  const scan = { kind: "scan", at: { star: "nas", path: "/data/copy" } };
  const { id } = (await bed.ask("/jobs", { as, body: scan })).body.job;
  assert.equal(await bed.over(id), "failed");
});

Deno.test("what a path to explain can't be is refused", async () => {
  await using bed = await ApiBed.open({ files: FILES });
  bed.star("nas");
  const ends = { source: at, destination: { star: "nas", path: "/data/x" } };
  const outside = ["a\0", "a/", "./a", "/a", "../x", "a//b", "a/../b", "."];
  const refused = [
    ...outside.map((explain) => ({ explain })),
    { explain: 1 },
    { explain: "a", manifest: true },
  ];
  for (const more of refused) {
    const body = { kind: "sync", ...ends, ...more };
    assert.equal((await bed.ask("/jobs", { as: bed.token("operator"), body })).status, 400);
  }
});
