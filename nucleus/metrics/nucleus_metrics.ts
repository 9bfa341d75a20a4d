/** The metrics of a Nucleus and, as far as they tell it, of its Stars. */
import { Counter, Gauge, Registry } from "prom-client";
import type { Clock } from "#core/clock.ts";
import type { StarId } from "#core/identity/mod.ts";
import { BATCH_BOUNDS_MS, LINK_METRICS, type MetricName } from "#core/link/mod.ts";
import type { JobState, JobStore } from "#core/magnetar/mod.ts";
import type { Star, StarFilter, StarStatus } from "../store/mod.ts";
import { BatchHistogram } from "./batch_histogram.ts";
import { LinkGrowth, type LinkReport } from "./link_growth.ts";
import { MAX_LABELS, StarLabels } from "./star_labels.ts";

/** What is looked at when somebody asks. */
export interface Looks {
  stars: { list(filter: StarFilter): Star[]; counts(): Record<StarStatus, number> };
  jobs: Pick<JobStore, "countsByState">;
  clock: Pick<Clock, "now">;
  /** Control streams that are open now. */
  links: { readonly size: number };
  /** Connections to the Nucleus's port that were refused so far. */
  refusedConnections: () => number;
}

/**
 * Counts, and tells as text for Prometheus. Counters begin at zero with the process. What Stars
 * did is counted once, whichever of the two was started anew meanwhile. At most
 * {@linkcode MAX_LABELS} Stars are told apart.
 */
export class NucleusMetrics {
  readonly #registry = new Registry();
  readonly #labels = new StarLabels();
  readonly #growth = new LinkGrowth();
  readonly #received = this.#counter(
    "messages_received_total",
    "Messages received through control streams.",
  );
  readonly #sent = this.#counter("messages_sent_total", "Messages sent through control streams.");
  readonly #streamErrors = this.#counter(
    "stream_errors_total",
    "Control streams that ended with an error: a Star that was lost, fell silent or was cut off.",
  );
  readonly #failedCalls = this.#counter(
    "orbit_direct_connection_failures_total",
    "Attempts of the Nucleus to reach a Star at its own address that failed.",
  );
  readonly #relayed = this.#counter(
    "orbit_relayed_bytes_total",
    "Bytes of content that passed through the Nucleus on their way from Star to Star.",
  );
  readonly #transfers = this.#starCounter(LINK_METRICS.transfers, ["star", "status"]);
  readonly #bytes = this.#starCounter(LINK_METRICS.bytesTaken, ["star"]);
  readonly #given = this.#starCounter(LINK_METRICS.bytesGiven, ["star"]);
  readonly #refusedGrants = this.#starCounter(LINK_METRICS.grantsRefused, ["star"]);
  readonly #durations = new BatchHistogram({
    name: "orbit_p2p_transfer_duration_seconds",
    help: "How long Stars took for a batch of files from another Star: what one grant is for.",
    bounds: BATCH_BOUNDS_MS.map((ms) => ms / 1000),
    registry: this.#registry,
  });

  constructor(looks: Looks) {
    this.#gauge("connected_agents", "Stars whose control stream is open.", [], (gauge) => {
      gauge.set(looks.links.size);
    });
    this.#gauge("orbit_stars", "Stars of the grid by status.", ["status"], (gauge) => {
      for (const [status, count] of Object.entries(looks.stars.counts())) {
        gauge.set({ status }, count);
      }
    });
    this.#gauge("orbit_jobs", "Jobs on record by state.", ["state"], (gauge) => {
      const counts = looks.jobs.countsByState();
      for (const state of STATES) gauge.set({ state }, counts[state] ?? 0);
    });
    this.#gauge(
      "orbit_star_heartbeat_age_seconds",
      "How long ago a Star was heard of last.",
      ["star"],
      (gauge) => {
        gauge.reset();
        for (const { name, lastHeartbeatAtMs } of looks.stars.list({ limit: MAX_LABELS })) {
          if (lastHeartbeatAtMs === undefined) continue;
          gauge.set({ star: name }, Math.max(0, looks.clock.now() - lastHeartbeatAtMs) / 1000);
        }
      },
    );
    const refused = this.#counter(
      "connection_failures_total",
      "Connections to the Nucleus's port that were refused: certificate, protocol, too many.",
      [],
      () => {
        refused.reset();
        refused.inc(looks.refusedConnections());
      },
    );
  }

  /** A message came through a control stream. */
  received(): void {
    this.#received.inc();
  }

  /** A message went out through a control stream. */
  sent(): void {
    this.#sent.inc();
  }

  /** A control stream ended with an error. */
  streamBroke(): void {
    this.#streamErrors.inc();
  }

  /** A Star wasn't reached at its own address. */
  notReached(): void {
    this.#failedCalls.inc();
  }

  /** Content went from Star to Star through here. */
  relayed(bytes: number): void {
    this.#relayed.inc(bytes);
  }

  /** A Star said what its Direct Links did. */
  heard({ id, name }: Pick<Star, "id" | "name">, report: LinkReport): void {
    const grown = this.#growth.since(id, report);
    const add = (counter: Counter, amount: number, labels = {}) => {
      if (amount > 0) counter.inc({ star: this.#labels.of(name), ...labels }, amount);
    };
    add(this.#transfers, grown.filesTaken, { status: "success" });
    add(this.#transfers, grown.filesFailed, { status: "failure" });
    add(this.#bytes, grown.bytesTaken);
    add(this.#given, grown.bytesGiven);
    add(this.#refusedGrants, grown.grantsRefused);
    this.#durations.add(grown.batches, grown.batchesMs / 1000);
  }

  /** The Star is none any more. */
  forget(id: StarId): void {
    this.#growth.forget(id);
  }

  /** All of it, in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #counter(name: string, help: string, labelNames: string[] = [], collect?: () => void): Counter {
    return new Counter({ name, help, labelNames, collect, registers: [this.#registry] });
  }

  #starCounter({ name, help }: MetricName, labelNames: string[]): Counter {
    return this.#counter(name, help, labelNames);
  }

  #gauge(
    name: string,
    help: string,
    labelNames: string[],
    look: (gauge: Gauge) => void,
  ): void {
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames, registers: [this.#registry] },
      collect: () => look(gauge),
    });
  }
}

const STATES: readonly JobState[] = [
  ...["pending", "running", "paused", "interrupted"] as const,
  ...["succeeded", "partial", "failed", "cancelled"] as const,
];
