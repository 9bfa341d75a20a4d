import assert from "node:assert/strict";
import type { FileOrder } from "#core/file_jobs/mod.ts";
import type { JobId } from "#core/magnetar/mod.ts";
import { ApiBed } from "./fixture.ts";

Deno.test("a job is kept with the paths that its maker is limited to, for Stars to keep it there", async () => {
  await using bed = await ApiBed.open({ files: { "in/a": "alpha" } });
  bed.gate.resolve();
  bed.star("nas");
  const pathPrefixes = ["/data/in", "/data/ü"];
  const places = { source: { star: "nas", path: "/data/in" } };
  const made = async (as: string, body: object) => {
    const { status, body: { job, error } } = await bed.ask("/jobs", { as, body });
    assert.equal(status, 201, JSON.stringify(error));
    return (bed.jobs.job(job.id as JobId).spec as FileOrder).scope;
  };
  const scoped = bed.token("operator", { pathPrefixes });
  const at = { star: "nas", path: "/data/in" };
  for (const kind of ["scan", "hash", "chunk"]) {
    assert.deepEqual(await made(scoped, { kind, at }), pathPrefixes, kind);
  }
  for (const kind of ["verify", "copy", "sync", "mirror", "move"]) {
    const destination = { star: "nas", path: "/data/in/new" };
    const body = { kind, ...places, destination };
    assert.deepEqual(await made(scoped, body), pathPrefixes, kind);
  }
  for (const as of [bed.token("operator"), bed.token("admin", { constellations: ["default"] })]) {
    assert.equal(await made(as, { kind: "scan", at }), undefined);
  }
  // What Stars can't be told they can't keep to.
  const long = Array.from({ length: 64 }, (_, i) => `/data/${"x".repeat(100)}${i}`);
  const as = bed.token("operator", { pathPrefixes: ["/data/in", ...long] });
  const { status, body } = await bed.ask("/jobs", { as, body: { kind: "scan", at } });
  assert.equal(status, 429);
  assert.match(body.error.message, /confine to scope: \d+ characters of paths, the limit is 6144/);
});
