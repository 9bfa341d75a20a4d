import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { defaultSyncOptions, type SyncEvent, type SyncRequest } from "#core/sync/mod.ts";
import { report } from "../output/fixtures.ts";
import type { SyncRunOptions } from "./run.ts";
import { type OpenWatcher, watchSync } from "./watch.ts";

const request: SyncRequest = {
  sources: [{ path: "/from", contents: true }],
  destination: "/from/to",
  destinationIsDirectory: true,
  options: defaultSyncOptions(),
};

type FakeEvent = { kind: string; paths: string[] };

/** A watch over a run that counts, with changes made by hand. */
function startWatch(run: (count: number) => void = () => {}, fails = false) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const events: SyncEvent[] = [];
  let controller: ReadableStreamDefaultController<FakeEvent>;
  const stream = new ReadableStream<FakeEvent>({ start: (c) => void (controller = c) });
  const openWatcher: OpenWatcher = () => {
    if (fails) throw new Error("too many watches");
    return Object.assign(stream, { close: () => controller.close() });
  };
  const state = { runs: 0 };
  const options: SyncRunOptions = {
    signal: stop.signal,
    observer: (event) => void events.push(event),
    watch: true,
  };
  const result = watchSync(
    request,
    options,
    () => {
      run(++state.runs);
      return Promise.resolve(report({ durationMs: state.runs }));
    },
    ["/from/to"],
    { clock, openWatcher },
  );
  const change = (event: FakeEvent) => controller.enqueue(event);
  const notes = () => events.flatMap((event) => event.type === "note" ? [event.message] : []);
  return { clock, stop, state, result, change, notes };
}

Deno.test("watchSync runs again after a change, and reports the last run when stopped", async () => {
  const { clock, stop, state, result, change } = startWatch();
  await clock.advance(1000);
  assert.equal(state.runs, 1);
  change({ kind: "modify", paths: ["/from/a"] });
  await clock.advance(1000);
  assert.equal(state.runs, 2);
  await clock.advance(10 * 60_000);
  assert.equal(state.runs, 3); // the rescan
  stop.abort();
  assert.equal((await result).durationMs, 3);
});

Deno.test("watchSync isn't woken by reading, nor by what it writes itself", async () => {
  const { clock, stop, state, result, change } = startWatch();
  change({ kind: "access", paths: ["/from/a"] });
  change({ kind: "create", paths: ["/from/to/a"] });
  await clock.advance(5000);
  assert.equal(state.runs, 1);
  stop.abort();
  await result;
});

Deno.test("watchSync says that it can't watch and looks every 30 seconds instead", async () => {
  const { clock, stop, state, result, notes } = startWatch(() => {}, true);
  await clock.advance(60_000);
  assert.equal(state.runs, 3);
  assert.match(notes()[0], /^watch "\/from": too many watches; .* every 30 s/);
  stop.abort();
  await result;
});

Deno.test("watchSync goes on after a run that failed, but not when the first one did", async () => {
  const failing = new OrbitError("not_found", "the source is gone");
  const { clock, stop, state, result, change, notes } = startWatch((count) => {
    if (count === 2) throw failing;
  });
  await clock.advance(1000);
  change({ kind: "remove", paths: ["/from"] });
  await clock.advance(1000);
  assert.ok(notes().some((message) => message.startsWith("the source is gone; trying again")));
  change({ kind: "create", paths: ["/from"] });
  await clock.advance(1000);
  assert.equal(state.runs, 3);
  stop.abort();
  await result;
  const first = startWatch(() => {
    throw failing;
  });
  await assert.rejects(first.result, failing);
});
