import assert from "node:assert/strict";
import { ApiBed } from "./fixture.ts";

const FILES = { "a/x": "one", "a/y": "two", "a/z": "three", "b/other": "" };
const body = {
  kind: "sync",
  source: { star: "nas", path: "/data/a" },
  destination: { star: "nas", path: "/data/b" },
  contents: true,
};

async function openBed() {
  const bed = await ApiBed.open({ files: FILES });
  bed.star("nas");
  const as = bed.token("operator");
  return {
    ...{ bed, as },
    make: async (more: object) =>
      (await bed.ask("/jobs", { as, body: { ...body, ...more } })).body.job.id,
    manifest: (id: string, query = "") => bed.ask(`/jobs/${id}/manifest${query}`, { as }),
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  };
}

Deno.test("the manifest of a sync is what it hashed at the destination, page by page", async () => {
  await using open = await openBed();
  const { bed, manifest } = open;
  bed.gate.resolve();
  const id = await open.make({ manifest: true });
  assert.equal(await bed.over(id), "succeeded");
  const first = (await manifest(id, "?limit=2")).body;
  const second = (await manifest(id, `?limit=2&after=${first.next}`)).body;
  const files = [...first.files, ...second.files];
  assert.deepEqual([first.files.length, second.next], [2, undefined]);
  assert.deepEqual(files.map(({ path, size }) => [path, size]), [["x", 3], ["y", 3], ["z", 5]]);
  for (const { hash } of files) assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal((await manifest(id, "?limit=1001")).status, 400);
});

Deno.test("there is no manifest before a job is over, nor of one that wasn't asked for any", async () => {
  await using open = await openBed();
  const { bed, manifest, as } = open;
  const id = await open.make({ manifest: true });
  assert.deepEqual(
    [(await manifest(id)).status, (await manifest(id)).body.error.code],
    [409, "conflict"],
  );
  bed.gate.resolve();
  await bed.over(id);
  const plain = await open.make({});
  await bed.over(plain);
  const { status, body: answer } = await manifest(plain);
  assert.equal(status, 404);
  assert.match(answer.error.message, /without "manifest"/);
  const dry = { ...body, manifest: true, options: { dryRun: true } };
  assert.equal((await bed.ask("/jobs", { as, body: dry })).status, 400);
});
