/** Connections that stay open and carry nothing any more. */
import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { systemClock } from "#core/clock.ts";
import { SELECT_ALL } from "#core/file_jobs/mod.ts";
import type { Joined } from "../../../star/join/join.ts";
import { TestNucleus } from "../nucleus_fixture.ts";
import { MemoryStar } from "../star_fixture.ts";
import { LEAVES_TIMERS, over, RawStar, submit, until, within } from "./support.ts";

/** Silence after which a Star counts as offline. */
const OFFLINE_MS = 14_000;

/** A way to the Nucleus that can stop carrying anything, both ways, without closing. */
class Wire implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => {
    const far = connect(this.target, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]]) {
      this.#sockets.add(from);
      from.on("data", (data: Uint8Array) => void (this.isDead || to.write(data)));
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        if (!this.isDead) to.destroy();
      });
    }
  });
  isDead = false;

  private constructor(readonly target: number) {}

  static async to(target: number): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((open) => wire.#server.listen(0, "127.0.0.1", open));
    return wire;
  }

  /** The Star, as it would be if it had joined through this. */
  through(joined: Joined): Joined {
    const { port } = this.#server.address() as { port: number };
    const nucleus = { host: "127.0.0.1", port };
    return { ...joined, identity: { ...joined.identity, nucleus } };
  }

  async [Symbol.asyncDispose]() {
    for (const socket of this.#sockets) socket.destroy();
    await within(new Promise((closed) => this.#server.close(closed)), "the wire closes");
  }
}

/** A Nucleus, and a way to let it believe that time has passed. */
async function start() {
  let skippedMs = 0;
  const elapsed = () => performance.now() + skippedMs;
  const test = await TestNucleus.start({ clock: { ...systemClock, elapsed } });
  return { test, skip: (ms: number) => void (skippedMs += ms) };
}

Deno.test(
  "a Star that fell silent is offline after 14 s, and its stream is over",
  LEAVES_TIMERS,
  async () => {
    const { test, skip } = await start();
    await using _ = test;
    const joined = await test.join();
    await using star = await RawStar.welcomed(joined);
    skip(OFFLINE_MS - 2000);
    assert.equal(test.nucleus.parts.store.stars.list()[0].status, "online");
    skip(2000);
    assert.equal(test.nucleus.parts.store.stars.list()[0].status, "offline");
    assert.equal(await star.ended(), "unavailable");
    await until(() => test.nucleus.links.size === 0, "no link");
  },
);

Deno.test("a job goes on when its Star returns from a dead connection", LEAVES_TIMERS, async () => {
  const { test, skip } = await start();
  await using _ = test;
  await using wire = await Wire.to(test.nucleus.port);
  const joined = await test.join();
  await using star = await RawStar.welcomed(wire.through(joined));
  const at = { starId: joined.identity.starId, path: "/data" };
  const id = submit(test, { kind: "hash", at, ...SELECT_ALL });
  await star.called("Inspect");
  wire.isDead = true;
  skip(OFFLINE_MS);
  const { dispatcher, parts, links } = test.nucleus;
  await until(() => dispatcher.progress(id)?.waitingFor !== undefined, "the job waits");
  assert.equal(links.of(joined.identity.starId), undefined);
  assert.equal(parts.store.stars.list()[0].status, "offline");
  await using _again = await MemoryStar.connect(joined, { a: "alpha" });
  assert.equal((await over(test, id)).state, "succeeded");
});

Deno.test("both sides notice a half-open connection within 15 s", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  await using wire = await Wire.to(test.nucleus.port);
  await using star = await RawStar.welcomed(wire.through(await test.join()));
  wire.isDead = true;
  const [{ status }] = await Promise.all([
    until(() => test.nucleus.links.size === 0, "the Nucleus notices", 18_000)
      .then(() => test.nucleus.parts.store.stars.list()[0]),
    within(star.over, "the Star notices", 18_000),
  ]);
  assert.equal(status, "offline");
});
