/** Stars that answer jobs with what can't be; what each lie is refused with is tested beside the code. */
import assert from "node:assert/strict";
import { type FileOrder, SELECT_ALL } from "#core/file_jobs/mod.ts";
import { encodeName } from "#core/names.ts";
import type { Handlers } from "#core/rpc/mod.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { TestNucleus } from "../nucleus_fixture.ts";
import { RawStar } from "./support.ts";
import { ListeningStar } from "./listening_star.ts";
import { LEAVES_TIMERS, over, submit, until } from "./support.ts";

const FILES = { a: "alpha", b: "beta", c: "gamma" };

/** A Nucleus with a Star that answers like this. */
async function start(lies: Handlers<typeof StarService>) {
  const stack = new AsyncDisposableStack();
  const test = stack.use(await TestNucleus.start());
  const joined = await test.join(test.createToken({ name: "liar" }));
  const star = stack.use(new ListeningStar(joined, FILES));
  star.lies = lies;
  await star.open();
  stack.use(await RawStar.welcomed(joined, { listenAddress: star.address }));
  const at = { starId: joined.identity.starId, path: "/data" };
  const orderOf = (kind: "hash" | "scan"): FileOrder => ({ kind, at, ...SELECT_ALL });
  return { test, orderOf, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const LIES: [string, Handlers<typeof StarService>][] = [
  ["hashes of 31 bytes", {
    async *hashFiles({ paths }) {
      yield { hashes: paths.map(() => ({ hash: new Uint8Array(31), size: 1n })) };
    },
  }],
  ["hashes of nothing", {
    async *hashFiles() {
      yield { hashes: [] };
    },
  }],
  ["sizes beyond all numbers", {
    async *hashFiles({ paths }) {
      yield { hashes: paths.map(() => ({ hash: new Uint8Array(32), size: 2n ** 63n })) };
    },
  }],
  ["hashes without end", {
    async *hashFiles() {
      for (;;) yield { hashes: [{ hash: new Uint8Array(32), size: 1n }] };
    },
  }],
];

Deno.test(
  "a Star's lies about files fail the files, by the Star's name, and end",
  LEAVES_TIMERS,
  async () => {
    for (const [what, lies] of LIES) {
      await using bed = await start(lies);
      const id = submit(bed.test, bed.orderOf("hash"));
      assert.equal((await over(bed.test, id)).state, "partial", what);
      const items = bed.test.nucleus.parts.jobs.items(id, { limit: 10 });
      assert.equal(items.length, 3);
      for (const { error } of items) {
        assert.equal(error!.code, "corrupt", what);
        assert.match(error!.message, /liar/);
      }
    }
  },
);

Deno.test("a Star's lies about a tree fail the job", LEAVES_TIMERS, async () => {
  const climbs = { directory: encodeName("../../etc"), from: 0, to: 0, exists: true, last: true };
  const scans: Handlers<typeof StarService>[] = [
    {
      async *scanTree() {
        yield { parts: [climbs] };
      },
    },
    { async *scanTree() {} },
    { inspect: () => Promise.resolve({ kind: -1 } as object) },
  ];
  for (const lies of scans) {
    await using bed = await start(lies);
    const { state, error } = await over(bed.test, submit(bed.test, bed.orderOf("scan")));
    assert(["failed", "partial"].includes(state), state);
    if (state === "failed") assert(["corrupt", "not_found"].includes(error!.code), error!.message);
  }
});

Deno.test(
  "a job on a Star that never comes to an end is cancelled, and its call with it",
  LEAVES_TIMERS,
  async () => {
    let isOver = false;
    await using bed = await start({
      async *hashFiles(_, { signal }) {
        const turn = () => new Promise((turn) => setTimeout(turn, 1));
        for (; !signal.aborted; await turn()) yield { hashes: [], bytes: 1n };
        isOver = true;
      },
    });
    const id = submit(bed.test, bed.orderOf("hash"));
    const bytes = () => bed.test.nucleus.dispatcher.progress(id)?.bytes ?? 0;
    await until(() => bytes() > 10, "it says that it is at work");
    bed.test.nucleus.dispatcher.cancel(id);
    assert.equal((await over(bed.test, id)).state, "cancelled");
    await until(() => isOver, "the call is over");
  },
);
