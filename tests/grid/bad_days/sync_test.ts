/** Syncs whose Star is away: they haven't begun, and have to be let go of all the same. */
import assert from "node:assert/strict";
import type { FileOrder } from "#core/file_jobs/mod.ts";
import { defaultSyncOptions } from "#core/sync/mod.ts";
import { OPERATOR, TestNucleus } from "../nucleus_fixture.ts";
import { MemoryStar } from "../star_fixture.ts";
import { over, submit, until } from "./support.ts";

async function start() {
  const test = await TestNucleus.start();
  const joined = await test.join(test.createToken({ name: "nas" }));
  const { starId } = joined.identity;
  const order: FileOrder = {
    kind: "sync",
    source: { starId, path: "/data/from" },
    destination: { starId, path: "/data/to" },
    contents: true,
    destinationIsDirectory: true,
    relay: false,
    options: defaultSyncOptions(),
  };
  const id = submit(test, order);
  const waits = () => test.nucleus.dispatcher.progress(id)?.waitingFor === starId;
  await until(waits, "it waits for its Star");
  return { test, joined, starId, id };
}

function assertCalm({ log }: TestNucleus): void {
  assert(
    !log.lines.some((line) => /job stopped|can't be written/.test(line)),
    log.lines.join("\n"),
  );
}

for (const verb of ["cancel", "pause"] as const) {
  Deno.test(`a sync that waits for its Star is let go of at once by ${verb}`, async () => {
    const { test, joined, id } = await start();
    await using _ = test;
    const { dispatcher, parts } = test.nucleus;
    dispatcher[verb](id);
    await until(() => dispatcher.running === 0, "nothing runs");
    assert.equal(parts.jobs.job(id).state, verb === "cancel" ? "cancelled" : "paused");
    assertCalm(test);
    if (verb === "cancel") return;
    dispatcher.resume(id);
    await using _star = await MemoryStar.connect(joined, {});
    // There is nothing at its source, which is for the job to say.
    assert.equal((await over(test, id)).state, "failed");
  });
}

Deno.test("a sync that waits for its Star goes on after a restart, and fails when that is revoked", async () => {
  const { test, starId, id } = await start();
  await using _ = test;
  await test.stop();
  assertCalm(test);
  await test.start();
  const waits = () => test.nucleus.dispatcher.progress(id)?.waitingFor === starId;
  await until(waits, "it waits again");
  test.nucleus.parts.adoption.revoke(starId, OPERATOR);
  const { state, error } = await over(test, id);
  assert.equal(state, "failed");
  assert.match(error!.message, /Star nas: it was revoked/);
  assertCalm(test);
});
