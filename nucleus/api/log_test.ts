import assert from "node:assert/strict";
import { ApiBed } from "./fixture.ts";

// deno-lint-ignore no-explicit-any
type Line = any;

const place = (path: string) => ({ star: "nas", path: `/data/${path}` });
const body = { kind: "sync", source: place("a"), destination: place("b"), contents: true };

/** A bed whose Star can be reached, and what reads the log of a job there. */
async function start(more: object = {}) {
  const bed = await ApiBed.open({ files: { "a/x": "one", "a/y": "two", "b/z": "three" } });
  const as = bed.token("operator");
  bed.star("nas");
  const { id } = (await bed.ask("/jobs", { as, body: { ...body, ...more } })).body.job;
  const read = async (query = ""): Promise<Line[]> => {
    const response = await bed.raw(`/api/v1/jobs/${id}/log${query}`, { as });
    const text = response.text();
    let isHere = false;
    text.then(() => isHere = true, () => isHere = true);
    while (!isHere) await bed.adoption.grid.clock.advance(250);
    return (await text).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  };
  return { bed, as, id, read, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() };
}

Deno.test("the log of a sync tells its changes while it runs, and its totals at the end", async () => {
  await using job = await start({ changes: true });
  const reading = job.read();
  job.bed.gate.resolve();
  const lines = await reading;
  const done = lines.filter(({ type }) => type === "done");
  const copied = done.filter(({ action }) => action.kind === "copy");
  assert.deepEqual(copied.map(({ action }) => action.path).sort(), ["x", "y"]);
  const end = lines.at(-1);
  assert.deepEqual([end.type, end.state, end.totals.copiedFiles], ["end", "succeeded", 2]);
  const { after } = lines.findLast(({ type }) => type === "cursor");
  const again = await job.read(`?after=${after}`);
  assert.deepEqual(again.map(({ type }) => type), ["state", "end"]);
});

Deno.test("the log of a sync that isn't asked for its changes has its totals only", async () => {
  await using job = await start();
  job.bed.gate.resolve();
  await job.bed.over(job.id);
  const lines = await job.read();
  assert.deepEqual(lines.map(({ type }) => type), ["state", "end"]);
  assert.equal(lines[1].totals.copiedFiles, 2);
});

Deno.test("the log of a job that never began says why it failed, and has no totals", async () => {
  await using job = await start({ source: place("none") });
  job.bed.gate.resolve();
  await job.bed.over(job.id);
  const end = (await job.read()).at(-1);
  assert.deepEqual([end.state, end.error.code, end.totals], ["failed", "not_found", undefined]);
});

Deno.test("the log is refused for what is no cursor, and to who may not see the job", async () => {
  await using job = await start();
  const { bed, id, as } = job;
  for (const after of ["x", "-1", "o1.2"]) {
    assert.equal((await bed.ask(`/jobs/${id}/log?after=${after}`, { as })).status, 400);
  }
  const other = bed.token("viewer", { constellations: ["elsewhere"] });
  assert.equal((await bed.ask(`/jobs/${id}/log`, { as: other })).status, 404);
});
