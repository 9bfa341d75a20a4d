/** Whatever comes in whatever order, two attempts at a job never work at the same time. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import type { ActionResult } from "#core/system/mod.ts";
import { Transfers } from "./transfers.ts";
import type { Listening, Work } from "./work.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** What happens to a Star: `at` chooses the batch, or which attempt comes. */
const EVENT = fc.record({
  what: fc.constantFrom("begin", "claim", "stop", "lose", "finish", "obey"),
  at: fc.nat(3),
});

interface Batch {
  work: Work;
  listening: Listening;
  signal?: AbortSignal;
  end: PromiseWithResolvers<ActionResult[]>;
}

class Bench {
  readonly transfers = Transfers.create({ clock: new ManualClock() });
  readonly batches: Batch[] = [];
  readonly violations: string[] = [];
  /** The newest attempt that was let in. */
  fence = 1;

  begin(fence: number): void {
    const end = Promise.withResolvers<ActionResult[]>();
    end.promise.catch(() => {});
    const batch: Partial<Batch> = { end };
    const name = { job: "j", fence, step: "transfer" };
    batch.work = this.transfers.begin({ name, paths: [], canGoOn: true }, (_, signal) => {
      batch.signal = signal;
      for (const other of this.#atWork()) {
        if (other !== batch && other.work.fence < fence) {
          this.violations.push(`${fence} began while ${other.work.fence} was at work`);
        }
      }
      return end.promise;
    });
    batch.listening = batch.work.listen();
    this.batches.push(batch as Batch);
    if (fence < this.fence) this.violations.push(`${fence} was let in after ${this.fence}`);
    this.fence = fence;
  }

  #atWork(): Batch[] {
    return this.batches.filter(({ work, signal }) => signal && work.end === undefined);
  }

  async run(what: string, at: number): Promise<void> {
    const batch = this.batches[this.batches.length - 1 - at];
    const claim = { job: "j", fence: this.fence + Math.floor(at / 2) };
    if (what === "begin") this.begin(Math.max(1, claim.fence - Math.floor(at / 3) * 2));
    else if (what === "claim") void this.transfers.claim(claim);
    else if (what === "stop") void this.transfers.stop(claim);
    else if (what === "lose" && batch) void this.transfers.leave(batch.listening, new Error());
    else if (what === "finish" && batch?.signal) batch.end.resolve([]);
    // What was stopped really ends only now.
    else if (what === "obey" && batch?.signal?.aborted) batch.end.reject(batch.signal.reason);
    if (what === "claim" || what === "stop") this.fence = claim.fence;
    await turn();
  }

  /** Everything that is at work comes to its end. */
  async [Symbol.asyncDispose]() {
    while (this.batches.some(({ work }) => work.end === undefined)) {
      for (const { end } of this.batches) end.resolve([]);
      await turn();
    }
    await this.transfers[Symbol.asyncDispose]();
  }
}

Deno.test("two attempts at a job never work at the same time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENT, { maxLength: 25 }), async (events) => {
      await using bench = new Bench();
      for (const { what, at } of events) {
        await bench.run(what, at).catch((error) => {
          if (error.code !== "conflict") throw error;
        });
      }
      deepEqual(bench.violations, []);
    }),
    { numRuns: 60 },
  );
});
