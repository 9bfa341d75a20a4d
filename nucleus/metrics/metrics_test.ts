import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { createStarId, type StarId } from "#core/identity/mod.ts";
import { BATCH_BOUNDS_MS, LinkMeter, type LinkTotals, NO_LINK_TOTALS } from "#core/link/mod.ts";
import { LinkGrowth } from "./link_growth.ts";
import { MAX_LABELS, NucleusMetrics, OTHERS } from "./mod.ts";

function createMetrics(): NucleusMetrics {
  const counts = { pending: 0, online: 1, offline: 0, draining: 0, revoked: 0 };
  return new NucleusMetrics({
    stars: { list: () => [], counts: () => counts },
    jobs: { countsByState: () => ({ failed: 2 }) },
    links: { size: 3 },
    clock: new ManualClock(),
    refusedConnections: () => 7,
  });
}

/** Lines that begin so. */
async function lines(metrics: NucleusMetrics, prefix: string): Promise<string[]> {
  return (await metrics.text()).split("\n").filter((line) => line.startsWith(prefix));
}

function totals(changes: Partial<LinkTotals>): LinkTotals {
  return { ...NO_LINK_TOTALS, ...changes };
}

Deno.test("NucleusMetrics tells what it was told, each counter from zero", async () => {
  const metrics = createMetrics();
  metrics.received();
  metrics.relayed(100);
  metrics.relayed(11);
  const text = await metrics.text();
  for (const line of ["messages_received_total 1", "messages_sent_total 0"]) {
    assert(text.includes(`\n${line}\n`), line);
  }
  assert(text.includes("\norbit_relayed_bytes_total 111\n"));
  for (let twice = 0; twice < 2; twice++) {
    assert.deepEqual(await lines(metrics, "connection_failures"), ["connection_failures_total 7"]);
  }
  assert.deepEqual(await lines(metrics, "connected_agents"), ["connected_agents 3"]);
  assert(text.includes('\norbit_jobs{state="failed"} 2\n'));
  assert(text.includes('\norbit_jobs{state="running"} 0\n'));
  assert.deepEqual(await lines(metrics, "orbit_p2p_transfers_total"), []);
});

Deno.test("NucleusMetrics adds up batches of all Stars, each bucket with those before it", async () => {
  const metrics = createMetrics();
  for (const name of ["a", "b"]) {
    const meter = new LinkMeter();
    for (const tookMs of [5, 10, 11, 2000, 1e9]) meter.tookBatch({ taken: 1, failed: 0, tookMs });
    const report = { bootId: "x", totals: meter.totals, told: NO_LINK_TOTALS };
    metrics.heard({ id: createStarId(), name }, report);
  }
  const name = "orbit_p2p_transfer_duration_seconds";
  const told = await lines(metrics, name);
  assert.deepEqual(told.map((line) => Number(line.split(" ")[1])), [
    ...[4, 6, 6, 6, 6, 8, 8, 8, 8, 8, 10],
    ...[2 * (1e6 + 2.026), 10],
  ]);
  assert.equal(told.length, BATCH_BOUNDS_MS.length + 3);
  assert.deepEqual(await lines(metrics, "# TYPE orbit_p2p_transfer"), [
    `# TYPE orbit_p2p_transfers_total counter`,
    `# TYPE ${name} histogram`,
  ]);
});

Deno.test("NucleusMetrics tells a bounded number of Stars apart", async () => {
  const metrics = createMetrics();
  const report = { bootId: "x", totals: totals({ grantsRefused: 1 }), told: NO_LINK_TOTALS };
  for (let at = 0; at < MAX_LABELS + 50; at++) {
    metrics.heard({ id: createStarId(), name: `s${at}` }, report);
  }
  const told = await lines(metrics, "orbit_p2p_token_verification_errors_total{");
  assert.equal(told.length, MAX_LABELS + 1);
  assert(told.at(-1)!.endsWith(`{star="${OTHERS}"} 50`));
});

/** One Star and one Nucleus, each of which may be started anew at any moment. */
class Grid {
  readonly id: StarId = createStarId();
  growth = new LinkGrowth();
  counted = 0;
  did = 0;
  told = NO_LINK_TOTALS;
  boot = 0;
  now = NO_LINK_TOTALS;

  transfer(): void {
    this.did++;
    this.now = totals({ filesTaken: this.now.filesTaken + 1 });
  }

  beat(isAcknowledged: boolean): void {
    const report = { bootId: `${this.boot}`, totals: this.now, told: this.told };
    this.counted += this.growth.since(this.id, report).filesTaken;
    if (isAcknowledged) this.told = this.now;
  }
}

Deno.test("LinkGrowth counts everything once over starts of either side", () => {
  const step = fc.constantFrom("transfer", "beat", "lost answer", "star anew", "nucleus anew");
  fc.assert(fc.property(fc.array(step), (steps) => {
    const grid = new Grid();
    for (const name of steps) {
      if (name === "transfer") grid.transfer();
      else if (name === "beat") grid.beat(true);
      else if (name === "lost answer") grid.beat(false);
      else if (name === "star anew") {
        // What it didn't say before it died nobody can know.
        grid.beat(true);
        Object.assign(grid, { boot: grid.boot + 1, now: NO_LINK_TOTALS, told: NO_LINK_TOTALS });
      } else {
        grid.beat(true);
        grid.growth = new LinkGrowth();
      }
    }
    grid.beat(true);
    assert.equal(grid.counted, grid.did);
  }));
});

Deno.test("LinkGrowth never counts below zero, whatever a Star says", () => {
  const growth = new LinkGrowth();
  const id = createStarId();
  const said = (filesTaken: number, told = 0) =>
    growth.since(id, {
      ...{ bootId: "b", totals: totals({ filesTaken }), told: totals({ filesTaken: told }) },
    }).filesTaken;
  assert.deepEqual([said(5, 9), said(3), said(7)], [0, 0, 4]);
});
