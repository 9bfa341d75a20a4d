/** What heartbeats say of the Star's Direct Links, so that a Nucleus counts everything once. */
import { type LinkMeter, type LinkTotals, NO_LINK_TOTALS } from "#core/link/meter.ts";

/** Totals as they are, and as a Nucleus has heard of them. */
export class LinkReport {
  readonly #meter: Pick<LinkMeter, "totals">;
  /** What was said and not acknowledged yet, by the heartbeat's number. */
  readonly #said = new Map<bigint, LinkTotals>();
  #told = NO_LINK_TOTALS;

  constructor(meter: Pick<LinkMeter, "totals">) {
    this.#meter = meter;
  }

  /** What a heartbeat says; with the first of each stream the numbers begin anew. */
  say(sequence: bigint): { links: LinkTotals; linksTold: LinkTotals } {
    if (sequence === 1n) this.#said.clear();
    const links = this.#meter.totals;
    this.#said.set(sequence, links);
    return { links, linksTold: this.#told };
  }

  /** The Nucleus has heard all heartbeats up to this one. */
  heard(sequence: bigint): void {
    this.#told = this.#said.get(sequence) ?? this.#told;
    for (const said of this.#said.keys()) if (said <= sequence) this.#said.delete(said);
  }
}
