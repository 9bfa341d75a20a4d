import assert from "node:assert/strict";
import { SELECT_ALL } from "#core/file_jobs/mod.ts";
import type { JobId } from "#core/magnetar/mod.ts";
import { Standing } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { OPERATOR, TestNucleus } from "./nucleus_fixture.ts";
import { MemoryStar } from "./star_fixture.ts";

/** Waits until the job is over. */
async function finished(test: TestNucleus, id: JobId): Promise<string> {
  for (;;) {
    const { state } = test.nucleus.parts.jobs.job(id);
    if (!["pending", "running"].includes(state)) return state;
    await new Promise((turn) => setTimeout(turn, 5));
  }
}

const FILES = { a: "alpha", b: "beta", c: "gamma" };

Deno.test("a Star joins, connects, and has its files hashed through its control stream", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join(test.createToken({ name: "nas-1" }));
  assert.equal(joined.identity.name, "nas-1");
  assert(joined.approved);
  await using star = await MemoryStar.connect(joined, FILES);
  const welcome = await star.heard("welcome");
  assert.equal(welcome.starId, joined.identity.starId);
  assert.equal(welcome.standing, Standing.ACTIVE);
  const { dispatcher, parts } = test.nucleus;
  assert.equal(parts.store.stars.byName("nas-1")!.status, "online");
  const at = { starId: joined.identity.starId, path: "/data" };
  const id = dispatcher.submit({ kind: "hash", at, ...SELECT_ALL }, { label: "hash nas-1:/data" });
  assert.equal(await finished(test, id), "succeeded");
  const items = parts.jobs.items(id, { limit: 10 });
  assert.deepEqual(items.map(({ key }) => key).sort(), ["a", "b", "c"]);
});

Deno.test("a pending Star is given nothing before it is approved, and then at once", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join(test.createToken({ approved: false }));
  const { starId } = joined.identity;
  await using star = await MemoryStar.connect(joined, FILES);
  assert.equal((await star.heard("welcome")).standing, Standing.PENDING);
  const { dispatcher, parts } = test.nucleus;
  const order = { kind: "scan", at: { starId, path: "/data" }, ...SELECT_ALL } as const;
  const refused = dispatcher.submit(order, { label: "scan" });
  assert.equal(await finished(test, refused), "failed");
  assert.equal(parts.jobs.job(refused).error!.code, "denied");
  parts.adoption.approve(starId, OPERATOR);
  assert.equal((await star.heard("standing")).standing, Standing.ACTIVE);
  const id = dispatcher.submit(order, { label: "scan" });
  assert.equal(await finished(test, id), "succeeded");
});

Deno.test("revocation cuts the stream, and the Star is refused from then on, also after a restart", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  await using star = await MemoryStar.connect(joined);
  await star.heard("welcome");
  test.nucleus.parts.adoption.revoke(joined.identity.starId, OPERATOR);
  assert.equal((await star.over as { code: string }).code, "denied");
  for (const restarts of [false, true]) {
    if (restarts) {
      await test.stop();
      await test.start();
    }
    await using again = await MemoryStar.connect(joined);
    assert.equal((await again.over as { code: string }).code, "denied");
    assert.deepEqual(again.said, []);
  }
});

Deno.test("a job waits for its Star, survives a restart of the Nucleus, and ends once", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const at = { starId: joined.identity.starId, path: "/data" };
  const id = test.nucleus.dispatcher.submit({ kind: "hash", at, ...SELECT_ALL }, { label: "" });
  assert.equal(test.nucleus.parts.jobs.job(id).state, "running");
  await test.stop();
  await test.start();
  assert.equal(test.nucleus.parts.jobs.job(id).state, "running");
  await using _star = await MemoryStar.connect(joined, FILES);
  assert.equal(await finished(test, id), "succeeded");
  const job = test.nucleus.parts.jobs.job(id);
  assert.equal(job.attempt, 2);
  assert.equal(test.nucleus.parts.jobs.items(id, { limit: 10 }).length, 3);
});
