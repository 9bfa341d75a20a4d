import assert from "node:assert/strict";
import { createChunkIndexHeader, parametersFor } from "#core/cdc/mod.ts";
import { systemClock as clock } from "#core/clock.ts";
import { createStarId } from "#core/identity/mod.ts";
import { LinkMeter } from "#core/link/meter.ts";
import { createLogger, MemorySink } from "#core/log/mod.ts";
import { Transfers } from "#core/remote/lasting/transfers.ts";
import type { StateFiles, Walls } from "#core/system/mod.ts";
import { TemporaryFolder } from "#core/universe/temporary_universe.ts";
import { LateGiving } from "../serve/late_giving.ts";
import { FakeNucleus } from "../testing/fake_nucleus.ts";
import { joinFake } from "../testing/fake_star.ts";
import { openMemoryFiles } from "../testing/memory_files.ts";
import { StarUniverse } from "../universe/star_universe.ts";
import { RunningStar } from "./running_star.ts";

/** A state folder that remembers nothing. */
const files = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
} as unknown as StateFiles;
const walls: Walls = { app: null, runtime: false, kernel: null, whyNot: {} };

Deno.test("a Star that starts forgets the chunks of files that went since it stopped", async () => {
  await using nucleus = await FakeNucleus.open();
  const credentials = await joinFake(nucleus);
  await using memory = await openMemoryFiles({});
  using folder = new TemporaryFolder();
  const sink = new MemorySink(), log = createLogger({ sink, level: "warn" });
  const { system, closing } = memory, meter = new LinkMeter(), starId = createStarId();

  const database = folder.open();
  const chunks = { offset: 0, lengths: Uint32Array.of(9), hashes: new Uint8Array(32).fill(1) };
  const header = createChunkIndexHeader(chunks, parametersFor(9));
  database.put([{ star: "self", path: "/data/gone", version: "1", header, chunks }]);
  await using universe = new StarUniverse(database, { system, clock, log });

  const address = { host: "127.0.0.1", port: nucleus.port };
  const giving = new LateGiving({ system, files, starId, meter, clock, log });
  const star = new RunningStar({
    settings: {
      ...{ folder: folder.path, credentials, maxCalls: 8, maxHashBytes: 8, universe: true },
      ...{ upload: [], download: [], logLevel: "warn", logFormat: "text" },
      roots: [{ path: "/data", realPath: "/data", read: true, write: true }],
      nucleus: address,
      identity: {
        ...{ starId, name: "star", constellation: "default", nucleus: address },
        ...{ roots: [], joinedAtMs: 0 },
      },
    },
    transfers: Transfers.create({ clock, log, signal: closing.signal }),
    ...{ log, clock, hostname: "star", files, system, walls, closing, meter, universe, giving },
  });
  // Its Nucleus is on its machine, where others may be as well.
  assert.deepEqual(giving.rule, { loopback: true, ownName: "star" });
  const stop = new AbortController();
  const running = star.run(stop.signal);
  await universe.settled();
  assert.deepEqual(database.files("self", { limit: 9 }), []);
  stop.abort();
  await running;
  assert.deepEqual(sink.lines, []);
});
