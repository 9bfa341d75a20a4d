import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { DEFAULT_RETRY } from "#core/retry.ts";
import { copyStore, done, handler, newItems, TemporaryFolder } from "./fixture.ts";
import {
  type ItemOutcome,
  type ItemState,
  type JobId,
  type JobOutcome,
  openJobStore,
  runJob,
  type RunOptions,
  type StepHandler,
} from "./mod.ts";

interface StepPlan {
  after: boolean[];
  replan: boolean;
  distinct: boolean;
  /** Whether it can recover what was at work; nothing ever is. */
  recovers: boolean;
  items: number;
  /** Whether every item defers one of the same key to the steps behind. */
  defers: boolean;
  concurrency: number;
}

interface Plan {
  steps: StepPlan[];
  /** What becomes of item i: by `i % length`. */
  fates: ("done" | "skipped" | "failed" | "retried")[];
  maxOutcomes: number;
  /** The process dies after so many events. */
  crashAt: number[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(
    fc.record({
      after: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      replan: fc.boolean(),
      distinct: fc.boolean(),
      recovers: fc.boolean(),
      items: fc.integer({ min: 0, max: 12 }),
      defers: fc.boolean(),
      concurrency: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  fates: fc.array(fc.constantFrom("done", "done", "skipped", "failed", "retried"), {
    minLength: 1,
    maxLength: 7,
  }),
  maxOutcomes: fc.integer({ min: 1, max: 8 }),
  crashAt: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
});

const stepName = (i: number) => `s${i}`;
const afterOf = ({ steps }: Plan, i: number) =>
  steps.flatMap((_, j) => j < i && steps[i].after[j] ? [stepName(j)] : []);

/** Runs a plan's job until it ends or dies; a death leaves a copy of what was on disk by then. */
async function runUntil(
  plan: Plan,
  folder: string,
  crash?: { at: number; into: string },
): Promise<{ outcome: JobOutcome; processed: Map<string, string[]>; died: boolean }> {
  const clock = new ManualClock();
  using store = openJobStore(folder, { clock });
  const id = store.jobs()[0].id;
  const processed = new Map<string, string[]>();
  let events = 0, died = false;
  const controller = new AbortController();
  const options: RunOptions = {
    clock,
    random: () => 0,
    signal: controller.signal,
    flush: { maxOutcomes: plan.maxOutcomes, maxDelayMs: 50 },
    window: { maxItems: 4, maxBytes: 1e6 },
    steps: Object.fromEntries(
      plan.steps.map((_, i) => [stepName(i), toHandler(plan, i, processed)]),
    ),
    onEvent: () => {
      if (++events !== crash?.at) return;
      copyStore(folder, crash.into);
      died = true;
      controller.abort();
    },
  };
  let isOver = false;
  const run = runJob(store, id, options).finally(() => isOver = true);
  while (!isOver) await clock.advance(20);
  return { outcome: await run, processed, died };
}

function toHandler(plan: Plan, i: number, processed: Map<string, string[]>): StepHandler {
  const { replan, distinct, recovers, items, defers, concurrency } = plan.steps[i];
  const behind = plan.steps.flatMap((_, j) =>
    afterOf(plan, j).includes(stepName(i)) ? [stepName(j)] : []
  );
  const keys = Array.from({ length: items }, (_, n) => `${i}.${n}`);
  return handler({
    replan,
    distinct,
    recover: recovers ? async function* () {} : undefined,
    concurrency,
    batch: { maxItems: 3, maxWeight: 1e9 },
    retry: { ...DEFAULT_RETRY, maxAttempts: 2 },
    async *produce() {
      for (let n = 0; n < keys.length; n += 5) {
        yield newItems(...keys.slice(n, n + 5));
        await Promise.resolve();
      }
    },
    async *process(claimed, context) {
      for (const { key, failures } of claimed) {
        const list = processed.get(stepName(i)) ?? [];
        processed.set(stepName(i), [...list, key]);
        context.checkpoint(key, list.length);
        if (defers) behind.forEach((name) => context.defer(name, newItems(`deferred ${key}`)));
        yield toOutcome(plan, key, failures);
        await Promise.resolve();
      }
    },
  });
}

function fateOf({ fates }: Plan, key: string) {
  return fates[Number(key.split(".").at(-1)) % fates.length];
}

function toOutcome(plan: Plan, key: string, failures: number): ItemOutcome {
  const fate = fateOf(plan, key);
  const error = { code: "unavailable" as const, message: "x", detail: { retryable: true } };
  if (fate === "skipped") return { key, state: "skipped", reason: "same" };
  if (fate === "failed" || (fate === "retried" && failures === 0)) {
    return { key, state: "failed", error };
  }
  return { key, state: "done" };
}

function statesOf(folder: string): { state: string; items: Map<string, ItemState> } {
  using store = openJobStore(folder);
  const [job] = store.jobs();
  const items = store.items(job.id, { limit: 10_000 });
  return {
    state: job.state,
    items: new Map(items.map((item) => [`${item.step}/${item.key}`, item.state])),
  };
}

Deno.test("a job that dies at any moments ends with every item over, and none done is done again", async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      using folder = new TemporaryFolder();
      let path = `${folder.path}/0`;
      createPlannedJob(plan, path);
      for (const [n, at] of plan.crashAt.entries()) {
        const into = `${folder.path}/${n + 1}`;
        const { died } = await runUntil(plan, path, { at, into });
        if (!died) break;
        path = into;
        if (!["interrupted", "pending"].includes(statesOf(path).state)) break;
      }
      const before = statesOf(path);
      if (!["interrupted", "pending"].includes(before.state)) return checkEnd(plan, before);
      const { outcome, processed } = await runUntil(plan, path);
      const after = statesOf(path);
      assert.equal(outcome.state, after.state);
      checkEnd(plan, after);
      checkNotRepeated(plan, before.items, processed);
    }),
    { numRuns: 120 },
  );
});

function createPlannedJob(plan: Plan, folder: string): JobId {
  using store = openJobStore(folder);
  const steps = plan.steps.map((_, i) => ({ name: stepName(i), after: afterOf(plan, i) }));
  return store.createJob({ kind: "test", label: "", spec: null, steps });
}

/** Every item that had to be is there, and has come to the end that its fate says. */
function checkEnd(plan: Plan, { state, items }: ReturnType<typeof statesOf>): void {
  let failed = false;
  for (const [name, itemState] of items) {
    const fate = fateOf(plan, name);
    const noLongerNeeded = itemState === "skipped" && name.includes("deferred");
    if (!noLongerNeeded) assert.equal(itemState, fate === "retried" ? "done" : fate, name);
    failed ||= itemState === "failed";
  }
  plan.steps.forEach((step, i) => {
    for (let n = 0; n < step.items; n++) assert.ok(items.has(`${stepName(i)}/${i}.${n}`));
  });
  assert.equal(state, failed ? "partial" : "succeeded");
}

/** Unless its step plans anew, or somebody deferred it again, an item that was done stays so. */
function checkNotRepeated(
  plan: Plan,
  before: Map<string, ItemState>,
  processed: Map<string, string[]>,
): void {
  plan.steps.forEach(({ replan }, i) => {
    if (replan) return;
    const again = (processed.get(stepName(i)) ?? []).filter((key) =>
      !key.includes("deferred") && before.get(`${stepName(i)}/${key}`) === "done"
    );
    assert.deepEqual(again, []);
  });
}

const COUNT = 3000;

/** A process that works on the job in a folder, and says so and hangs in its n-th batch. */
const worker = (folder: string, batches: number) => `
  import { openJobStore, runJob } from ${JSON.stringify(new URL("./mod.ts", import.meta.url))};
  import { NO_RETRY } from ${JSON.stringify(new URL("../retry.ts", import.meta.url))};
  const store = openJobStore(${JSON.stringify(folder)});
  const items = Array.from({ length: ${COUNT} }, (_, i) => ({ key: "k" + i, payload: i, weight: 1 }));
  let batches = 0;
  setInterval(() => {}, 1e6);
  await runJob(store, store.jobs()[0].id, {
    flush: { maxOutcomes: 50, maxDelayMs: 20 },
    steps: {
      one: {
        *produce() { for (let i = 0; i < ${COUNT}; i += 100) yield items.slice(i, i + 100); },
        async process(items, context) {
          if (++batches >= ${batches}) {
            console.log("here");
            await new Promise(() => {});
          }
          await new Promise((resolve) => setTimeout(resolve, 0));
          for (const { key } of items) context.checkpoint(key, key);
          return items.map(({ key }) => ({ key, state: "done" }));
        },
        batch: { maxItems: 20, maxWeight: 1e9 }, concurrency: 2, retry: NO_RETRY,
      },
    },
  });
`;

/** Starts a worker process and kills it with SIGKILL in its n-th batch. */
async function runAndKill(folder: string, batches: number): Promise<void> {
  const args = ["run", "-A", "--quiet", "--no-check", "-"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
    .spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(worker(folder, batches)));
  await input.close();
  const output = child.stdout.getReader();
  assert.equal((await output.read()).done, false);
  child.kill("SIGKILL");
  await output.cancel();
  assert.equal((await child.status).signal, "SIGKILL");
}

Deno.test("a job whose process is killed again and again is finished by the next one", async () => {
  using folder = new TemporaryFolder();
  {
    using store = openJobStore(folder.path);
    store.createJob({ kind: "test", label: "", spec: null, steps: [{ name: "one" }] });
  }
  for (const batches of [3, 40, 17]) await runAndKill(folder.path, batches);
  using store = openJobStore(folder.path);
  const [job] = store.jobs();
  assert.deepEqual(store.recovered, [job.id]);
  assert.deepEqual([job.state, job.attempt], ["interrupted", 3]);
  const counts = store.counts(job.id).one;
  assert.equal(counts.running.items + counts.waiting.items + counts.stale.items, 0);
  assert.ok(counts.done.items >= 50, `${counts.done.items} done before`);
  let processed = 0;
  const outcome = await runJob(store, job.id, {
    steps: {
      one: handler({
        produce: () => [newItems(...Array.from({ length: COUNT }, (_, i) => `k${i}`))],
        process: (items) => {
          processed += items.length;
          return Promise.resolve(done(items));
        },
        batch: { maxItems: 100, maxWeight: 1e9 },
      }),
    },
  });
  assert.equal(outcome.state, "succeeded");
  assert.deepEqual(outcome.steps.one.done, { items: COUNT, weight: COUNT });
  assert.equal(processed, COUNT - counts.done.items);
});
