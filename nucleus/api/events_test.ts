import assert from "node:assert/strict";
import { ApiBed } from "./fixture.ts";

const at = { star: "nas", path: "/data" };

/** A bed with a job that waits for its Star, and a reader of its events. */
async function following(headers: Record<string, string> = {}) {
  const bed = await ApiBed.open({ files: { a: "alpha" } });
  const as = bed.token("operator");
  bed.star("nas");
  const { id } = (await bed.ask("/jobs", { as, body: { kind: "hash", at } })).body.job;
  const response = await bed.raw(`/api/v1/jobs/${id}/events`, { as, headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { clock } = bed.adoption.grid;
  /** The next piece; time passes until there is one. */
  const next = async (): Promise<string | undefined> => {
    const read = reader.read();
    let isHere = false;
    read.then(() => isHere = true, () => isHere = true);
    while (!isHere) {
      await clock.advance(250);
    }
    return (await read).value;
  };
  return {
    bed,
    id,
    response,
    reader,
    next,
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  };
}

Deno.test("a followed job tells its state as it changes, and ends with the job", async () => {
  await using job = await following();
  assert.equal(job.response.headers.get("content-type"), "application/x-ndjson");
  const first = JSON.parse((await job.next())!);
  assert.equal(first.type, "job");
  assert.equal(first.job.state, "running");
  job.bed.gate.resolve();
  const states: string[] = [];
  for (;;) {
    const text = await job.next();
    if (text === undefined) break;
    for (const line of text.split("\n").filter((line) => line !== "")) {
      const event = JSON.parse(line);
      states.push(event.type === "end" ? `end ${event.state}` : event.job.state);
    }
  }
  assert.deepEqual(states.slice(-2), ["succeeded", "end succeeded"]);
  assert.equal(job.bed.changes.size, 0);
});

Deno.test("how a job ended is told at once, though news just came", async () => {
  await using job = await following();
  await job.next();
  job.bed.gate.resolve();
  const rest: string[] = [];
  for (let piece = await job.reader.read(); !piece.done; piece = await job.reader.read()) {
    rest.push(piece.value);
  }
  assert.match(rest.join(""), /"type":"end","state":"succeeded"\}\n$/);
});

Deno.test("who asks for server-sent events gets those", async () => {
  await using job = await following({ accept: "text/event-stream" });
  assert.equal(job.response.headers.get("content-type"), "text/event-stream");
  assert.match((await job.next())!, /^event: job\ndata: \{"type":"job",.*\}\n\n$/);
  await job.reader.cancel();
});

Deno.test("a stream without news shows that it still stands", async () => {
  await using job = await following();
  await job.next();
  const pieces = [await job.next(), await job.next()];
  // What the start of the job brought may come before.
  assert.ok(pieces.some((piece) => piece === "\n"), JSON.stringify(pieces));
  await job.reader.cancel();
});

Deno.test("a follower that goes away is forgotten", async () => {
  await using job = await following();
  await job.next();
  assert.equal(job.bed.changes.size, 1);
  await job.reader.cancel();
  await job.bed.adoption.grid.clock.advance(0);
  assert.equal(job.bed.changes.size, 0);
});

Deno.test("only so many streams are open at once", async () => {
  await using job = await following();
  const { bed, id } = job;
  const as = bed.token("viewer");
  const ask = () => bed.raw(`/api/v1/jobs/${id}/events`, { as });
  const opened = await Promise.all(Array.from({ length: 255 }, ask));
  const refused = await ask();
  assert.equal(refused.status, 503);
  assert.equal((await refused.json()).error.code, "exhausted");
  await opened[0].body!.cancel();
  const again = await ask();
  assert.equal(again.status, 200);
  await Promise.all([...opened.slice(1), again].map(({ body }) => body!.cancel()));
  await job.reader.cancel();
});

Deno.test("a revoked token ends what it follows", async () => {
  await using job = await following();
  await job.next();
  const [{ id }] = job.bed.store.apiTokens.list();
  job.bed.store.apiTokens.revoke(id);
  job.bed.gate.resolve();
  const { type, error } = JSON.parse((await job.next())!);
  assert.deepEqual([type, error.code], ["error", "unauthenticated"]);
  assert.equal(await job.next(), undefined);
});
