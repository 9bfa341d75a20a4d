import { match, strictEqual as equal, throws } from "node:assert/strict";
import { makeDirectoryBed } from "./system_beds.ts";
import { Keeper } from "./worker_keeper.ts";
import { workerPermissions } from "./worker_permissions.ts";
import type { Reply, WorkerSetup } from "./worker_protocol.ts";
import type { WorkerThread } from "./worker_thread.ts";

interface Started {
  thread: WorkerThread;
  /** The next message. */
  next(): Promise<Reply>;
  death: Promise<string>;
}

/** Runs a test with a keeper of mortal workers. */
function testKeeper(
  name: string,
  check: (keeper: Keeper, setup: WorkerSetup) => Promise<void>,
  program = "./worker_mortal_program.ts",
): void {
  Deno.test(`keeper: ${name}`, async () => {
    using directory = makeDirectoryBed();
    const roots = [directory.path];
    Deno.writeTextFileSync(`${directory.path}/file`, "hello");
    const setup: WorkerSetup = {
      driver: "auto",
      roots,
      writable: roots,
      hashFirst: true,
      cancelled: new SharedArrayBuffer(4),
    };
    const permissions = workerPermissions(roots, roots, null);
    const keeper = new Keeper({ program: import.meta.resolve(program), permissions, setup });
    try {
      await keeper.ready;
      await check(keeper, setup);
    } finally {
      keeper.close();
    }
  });
}

function start(keeper: Keeper): Started {
  const messages: Reply[] = [];
  let arrived = Promise.withResolvers<void>();
  const death = Promise.withResolvers<string>();
  const thread = keeper.start({
    message: (data) => {
      messages.push(data as Reply);
      arrived.resolve();
    },
    death: (how) => death.resolve(how),
  });
  const next = async () => {
    while (messages.length === 0) {
      await arrived.promise;
      arrived = Promise.withResolvers();
    }
    return messages.shift()!;
  };
  return { thread, next, death: death.promise };
}

const header = (root: string, name: string, id: number) => ({
  ...{ id, kind: "call", name: "readHeader", args: [`${root}/${name}`, 4] },
});

testKeeper("what it starts answers, and dies alone", async (keeper, setup) => {
  const workers = [start(keeper), start(keeper)];
  for (const { thread, next } of workers) {
    thread.post(setup); // before it is there
    equal((await next()).error, undefined);
  }
  const [mortal, other] = workers;
  mortal.thread.post(header(setup.roots[0], "die", 1));
  match(await mortal.death, /^died: .*killed by a test/);
  mortal.thread.stop();
  other.thread.post(header(setup.roots[0], "file", 2));
  equal(((await other.next()).value as Uint8Array).length, 4);
});

testKeeper("a thread that is stopped says nothing more", async (keeper, setup) => {
  const stopped = start(keeper), other = start(keeper);
  stopped.thread.post(setup);
  stopped.thread.stop();
  stopped.thread.post(header(setup.roots[0], "die", 1));
  other.thread.post(setup);
  equal((await other.next()).error, undefined);
  equal(await Promise.race([stopped.death, stopped.next(), Promise.resolve("silent")]), "silent");
});

testKeeper("closed, it takes what it started along and starts no more", async (keeper, setup) => {
  const { thread, next, death } = start(keeper);
  thread.post(setup);
  await next();
  keeper.close();
  match(await death, /keeper of file workers: closed/);
  throws(() => start(keeper), { code: "unavailable" });
});

testKeeper("a program that isn't there is a death", async (keeper) => {
  match(await start(keeper).death, /^died: /);
}, "./no_such_program.ts");
