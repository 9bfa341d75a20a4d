/** Jobs whose Star goes away, comes back, changes its name or standing, or never returns. */
import assert from "node:assert/strict";
import { type FileOrder, SELECT_ALL } from "#core/file_jobs/mod.ts";
import type { JobId } from "#core/magnetar/mod.ts";
import type { Joined } from "../../../star/join/join.ts";
import { OPERATOR, TestNucleus } from "../nucleus_fixture.ts";
import { MemoryStar, openMemorySystem } from "../star_fixture.ts";
import { over, RawStar, submit, until, within } from "./support.ts";

const FILES = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, `content ${i}`]));

function orderOf(kind: "scan" | "hash", starId: string): FileOrder {
  return { kind, at: { starId, path: "/data" }, ...SELECT_ALL };
}

/** Everything that a hash job has to show at its end: each file once. */
function assertHashed(test: TestNucleus, id: JobId): void {
  const items = test.nucleus.parts.jobs.items(id, { limit: 1000 });
  assert.deepEqual(items.map(({ key }) => key).sort(), Object.keys(FILES).sort());
  assert(items.every(({ state }) => state === "done"));
}

async function waitsForStar(test: TestNucleus, id: JobId, starId: string): Promise<void> {
  const waits = () => test.nucleus.dispatcher.progress(id)?.waitingFor === starId;
  await until(waits, "the job waits for its Star");
}

for (const removes of [false, true]) {
  Deno.test(`a job that waits for a Star which is ${removes ? "removed" : "revoked"} fails, and says why`, async () => {
    await using test = await TestNucleus.start();
    const { identity: { starId } } = await test.join(test.createToken({ name: "nas" }));
    const id = submit(test, orderOf("hash", starId));
    await waitsForStar(test, id, starId);
    const { adoption } = test.nucleus.parts;
    adoption.revoke(starId, OPERATOR);
    if (removes) adoption.remove(starId, OPERATOR);
    const { state, error } = await over(test, id);
    assert.equal(state, "failed");
    assert.equal(error!.code, removes ? "not_found" : "denied");
    assert.match(error!.message, removes ? /there is none/ : /Star nas: it was revoked/);
  });
}

Deno.test("a job whose Star is revoked in the middle of it ends, and says why", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const { starId } = joined.identity;
  await using star = await RawStar.welcomed(joined);
  const id = submit(test, orderOf("hash", starId));
  await star.called("Inspect");
  test.nucleus.parts.adoption.revoke(starId, OPERATOR);
  assert.equal(await star.ended(), "denied");
  const { state, error } = await over(test, id);
  assert.equal(state, "failed");
  assert.match(error!.message, /it was revoked/);
});

Deno.test("files that were left when a Star was revoked have failed, and say why", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const { starId } = joined.identity;
  const id = submit(test, orderOf("hash", starId));
  await using star = await VanishingStar.before("HashFiles", joined);
  await within(star.vanished.promise, "HashFiles is called");
  test.nucleus.parts.adoption.revoke(starId, OPERATOR);
  assert.equal((await over(test, id)).state, "partial");
  const items = test.nucleus.parts.jobs.items(id, { limit: 1000 });
  assert.equal(items.length, Object.keys(FILES).length);
  for (const { state, error } of items) {
    assert.equal(state, "failed");
    assert.match(error!.message, /it was revoked/);
  }
});

Deno.test("jobs are cancelled while their Star is away", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const { starId } = joined.identity;
  const [first, second] = [0, 1].map(() => submit(test, orderOf("hash", starId)));
  await waitsForStar(test, first, starId);
  await waitsForStar(test, second, starId);
  test.nucleus.dispatcher.cancel(first);
  assert.equal((await over(test, first)).state, "cancelled");
  test.nucleus.dispatcher.cancel(second);
  assert.equal((await over(test, second)).state, "cancelled");
  await until(() => test.nucleus.dispatcher.running === 0, "nothing runs");
  await using _star = await MemoryStar.connect(joined, FILES);
  const third = submit(test, orderOf("hash", starId));
  assert.equal((await over(test, third)).state, "succeeded");
});

Deno.test("a paused job lets go of its Star, and resumes as often as it is told to", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const { starId } = joined.identity;
  const { dispatcher, parts } = test.nucleus;
  const id = submit(test, orderOf("hash", starId));
  for (let round = 0; round < 8; round++) {
    dispatcher.pause(id);
    await until(() => parts.jobs.job(id).state === "paused", "paused");
    dispatcher.resume(id);
    await until(() => parts.jobs.job(id).state === "running", "running again");
    assert.equal(dispatcher.running, 1);
  }
  await using _star = await MemoryStar.connect(joined, FILES);
  assert.equal((await over(test, id)).state, "succeeded");
  assertHashed(test, id);
  const more = Array.from({ length: 8 }, () => submit(test, orderOf("hash", starId)));
  for (const id of more) assert.equal((await over(test, id)).state, "succeeded");
});

Deno.test("what waits behind a pending Star's refusal goes on once it is approved", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join(test.createToken({ approved: false }));
  const { starId } = joined.identity;
  await using star = await MemoryStar.connect(joined, FILES);
  await within(star.heard("welcome"), "welcome");
  const refused = await over(test, submit(test, orderOf("hash", starId)));
  assert.equal(refused.state, "failed");
  assert.match(refused.error!.message, /waits for approval/);
  test.nucleus.parts.adoption.approve(starId, OPERATOR);
  const id = submit(test, orderOf("hash", starId));
  assert.equal((await over(test, id)).state, "succeeded");
});

Deno.test("a Star is renamed while a job runs on it, and nobody minds", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join(test.createToken({ name: "before" }));
  const { starId } = joined.identity;
  const id = submit(test, orderOf("hash", starId));
  await waitsForStar(test, id, starId);
  test.nucleus.parts.adoption.rename(starId, "after", OPERATOR);
  await using _star = await MemoryStar.connect(joined, FILES);
  assert.equal((await over(test, id)).state, "succeeded");
  assertHashed(test, id);
});

Deno.test("a job whose batch waits for a Star that went away is paused at once, and resumes", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const { starId } = joined.identity;
  const id = submit(test, orderOf("hash", starId));
  {
    await using star = await VanishingStar.before("HashFiles", joined);
    await within(star.vanished.promise, "HashFiles is called");
  }
  await waitsForStar(test, id, starId);
  const { dispatcher, parts } = test.nucleus;
  dispatcher.pause(id);
  await until(() => parts.jobs.job(id).state === "paused", "paused");
  assert.equal(dispatcher.running, 0);
  await using _star = await MemoryStar.connect(joined, FILES);
  dispatcher.resume(id);
  assert.equal((await over(test, id)).state, "succeeded");
  assertHashed(test, id);
});

for (const method of ["Inspect", "ScanTree", "HashFiles"]) {
  Deno.test(`a Star that vanishes during ${method} and returns lets the job go on`, async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join();
    const { starId } = joined.identity;
    const id = submit(test, orderOf("hash", starId));
    for (let round = 0; round < 2; round++) {
      await using star = await VanishingStar.before(method, joined);
      await within(star.vanished.promise, `${method} is called`);
    }
    await using _star = await MemoryStar.connect(joined, FILES);
    const { state, attempt } = await over(test, id);
    assert.equal(state, "succeeded");
    assert.equal(attempt, 1);
    assertHashed(test, id);
  });
}

/** A Star that is there until it is asked for one thing. */
class VanishingStar extends MemoryStar {
  readonly vanished = Promise.withResolvers<void>();
  #method = "";

  static async before(method: string, joined: Joined): Promise<VanishingStar> {
    const star = new VanishingStar(joined, await openMemorySystem(FILES));
    star.#method = `/${method}`;
    return star;
  }

  protected override mayStart(method: string): boolean {
    if (!method.endsWith(this.#method)) return true;
    this.vanished.resolve();
    this.vanish();
    return false;
  }
}
