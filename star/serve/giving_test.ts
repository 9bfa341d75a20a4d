import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { silentLogger } from "#core/log/mod.ts";
import type { StateFiles } from "#core/system/mod.ts";
import { StateFile } from "../state.ts";
import { openReplay } from "./giving.ts";

/** A state folder of which only this one file matters. */
function filesWith(text?: string): Pick<StateFiles, "read" | "write"> {
  let kept = text === undefined ? null : new TextEncoder().encode(text);
  return {
    read: (name) => Promise.resolve(name === StateFile.grants ? kept : null),
    write: (_, bytes) => {
      kept = new Uint8Array(bytes);
      return Promise.resolve();
    },
  };
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

Deno.test("when nobody knows any more what was used, no grant from before is let in", async () => {
  for (const text of ["", "{", '{"a":"b"}', "null"]) {
    const clock = new ManualClock(1e12);
    const before = grant(clock, "before");
    await clock.advance(5000);
    const files = filesWith(text) as StateFiles;
    const replay = await openReplay({ files, clock, log: silentLogger });
    await assert.rejects(replay.use(before), { code: "denied" }, text);
    await replay.use(grant(clock, "after"));
  }
});
