import assert from "node:assert/strict";
import { ManualClock, systemClock } from "#core/clock.ts";
import { createStarId } from "#core/identity/mod.ts";
import { createGrantKeys, GrantSigner, LinkMeter } from "#core/link/mod.ts";
import { silentLogger } from "#core/log/mod.ts";
import type { StateFiles } from "#core/system/mod.ts";
import { StateFile } from "../state.ts";
import { openMemoryFiles } from "../testing/memory_files.ts";
import { openReplay } from "./giving.ts";
import { LateGiving } from "./late_giving.ts";

/** A state folder of which only this one file matters. */
function filesWith(text?: string): Pick<StateFiles, "read" | "write" | "append"> {
  let kept = text === undefined ? null : new TextEncoder().encode(text);
  return {
    read: (name) => Promise.resolve(name === StateFile.grants ? kept : null),
    write: (_, bytes) => {
      kept = new Uint8Array(bytes);
      return Promise.resolve();
    },
    append: (_, bytes) => {
      kept = new Uint8Array([...kept!, ...bytes]);
      return Promise.resolve();
    },
  };
}

function linesOf(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).trimEnd().split("\n");
}

function grant(clock: ManualClock, id: string) {
  return { id, issuedAtMs: clock.now(), expiresAtMs: clock.now() + 60_000 };
}

Deno.test("a grant that was used is known after a restart", async () => {
  const clock = new ManualClock(1e12);
  const files = filesWith() as StateFiles;
  const parts = { files, clock, log: silentLogger };
  const used = grant(clock, "used"), fresh = grant(clock, "fresh");
  await (await openReplay(parts)).use(used);
  await clock.advance(2000);
  const again = await openReplay(parts);
  await assert.rejects(again.use(used), { code: "denied", message: /used before/ });
  await again.use(fresh);
});

Deno.test("of used grants each is written once, and all again when most are over or one write failed", async () => {
  const clock = new ManualClock(1e12);
  const files = filesWith();
  const wrote: string[] = [];
  let trouble = false;
  const watched = {
    ...files,
    write: async (name: string, bytes: Uint8Array) => {
      wrote.push(`all ${linesOf(bytes).length}`);
      await files.write(name, bytes);
    },
    append: async (name: string, bytes: Uint8Array) => {
      if (trouble) {
        await files.append(name, bytes.subarray(0, 7));
        throw new Error("ENOSPC");
      }
      wrote.push(`more ${linesOf(bytes).length}`);
      await files.append(name, bytes);
    },
  } as StateFiles;
  const replay = await openReplay({ files: watched, clock, log: silentLogger });
  for (const id of ["a", "b", "c"]) await replay.use(grant(clock, id));
  assert.deepEqual(wrote.splice(0), ["all 1", "more 1", "more 1"]);
  trouble = true;
  await assert.rejects(replay.use(grant(clock, "d")), /ENOSPC/);
  // What of that was written names nobody.
  const meanwhile = await openReplay({ files: watched, clock, log: silentLogger });
  await assert.rejects(meanwhile.use(grant(clock, "c")), { code: "denied" });
  trouble = false;
  await replay.use(grant(clock, "e"));
  assert.deepEqual(wrote.splice(0), ["all 5"]);
  await Promise.all(Array.from({ length: 1500 }, (_, n) => replay.use(grant(clock, `n${n}`))));
  await clock.advance(200_000);
  wrote.length = 0;
  for (const id of ["x", "y"]) await replay.use(grant(clock, id));
  assert.deepEqual(wrote, ["all 1", "more 1"]);
  const restarted = await openReplay({ files: watched, clock, log: silentLogger });
  await assert.rejects(restarted.use(grant(clock, "y")), { code: "denied" });
});

Deno.test("when nobody knows any more what was used, no grant from before is let in", async () => {
  const torn = ["{\n", '["a","b"]\n', '["a",1]["b",1]\n', '["a",1\n["b",2]\n'];
  for (const text of ["", "{", '{"a":"b"}', "null", ...torn]) {
    const clock = new ManualClock(1e12);
    const before = grant(clock, "before");
    await clock.advance(5000);
    const files = filesWith(text) as StateFiles;
    const replay = await openReplay({ files, clock, log: silentLogger });
    await assert.rejects(replay.use(before), { code: "denied" }, text);
    await replay.use(grant(clock, "after"));
  }
});

Deno.test("a giving end that couldn't be opened is opened by the next who asks, with the key told since", async () => {
  await using memory = await openMemoryFiles({});
  let trouble: Error | undefined = new Error("EIO");
  const kept = filesWith();
  const files = {
    ...kept,
    read: (name: string) => trouble === undefined ? kept.read(name) : Promise.reject(trouble),
  } as StateFiles;
  const { system } = memory, meter = new LinkMeter(), starId = createStarId();
  const clock = systemClock;
  using giving = new LateGiving({ system, files, starId, meter, clock, log: silentLogger });
  const opening = giving.open();
  giving.learnKey("no key");
  await assert.rejects(opening, /EIO/);
  trouble = undefined;
  const keys = await createGrantKeys();
  giving.learnKey(keys.publicPem);
  const signer = await GrantSigner.open(keys.privatePem, clock);
  const hash = "ab".repeat(32);
  const { token } = await signer.sign({
    ...{ source: starId, address: "a:1", destinationThumbprint: hash, itemsHash: hash },
    maxBytes: 1,
  }, 60_000);
  const verifier = (await giving.open()).verifier();
  assert.equal((await verifier!.verify(token)).source, starId);
});
