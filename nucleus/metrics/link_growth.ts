/** What the Direct Links of all Stars did since this process began, out of what each says. */
import type { StarId } from "#core/identity/mod.ts";
import { type LinkTotals, NO_LINK_TOTALS } from "#core/link/mod.ts";

/** What a heartbeat says. */
export interface LinkReport {
  /** Differs with every start of the Star, when totals begin at nothing again. */
  bootId: string;
  totals: LinkTotals;
  /** What a Nucleus has heard of already; this process or the one before it. */
  told: LinkTotals;
}

/**
 * Turns totals into what was added to them. Everything is counted once, but for what a Star did in
 * the seconds before it was killed, and for a heartbeat that this process heard and didn't live to
 * acknowledge, which the next one counts again.
 */
export class LinkGrowth {
  readonly #heard = new Map<StarId, { bootId: string; totals: LinkTotals }>();

  /** What came since the Star was heard last; nothing is ever below zero. */
  since(id: StarId, { bootId, totals, told }: LinkReport): LinkTotals {
    const heard = this.#heard.get(id);
    const before = heard?.bootId === bootId ? heard.totals : told;
    this.#heard.set(id, { bootId, totals });
    return difference(totals, before);
  }

  /** The Star is none any more. */
  forget(id: StarId): void {
    this.#heard.delete(id);
  }
}

function difference(after: LinkTotals, before: LinkTotals): LinkTotals {
  const grown = (field: keyof Omit<LinkTotals, "batches">) =>
    Math.max(0, after[field] - before[field]);
  return {
    filesTaken: grown("filesTaken"),
    filesFailed: grown("filesFailed"),
    bytesTaken: grown("bytesTaken"),
    bytesGiven: grown("bytesGiven"),
    grantsRefused: grown("grantsRefused"),
    batches: NO_LINK_TOTALS.batches.map((_, i) =>
      Math.max(0, after.batches[i] - before.batches[i])
    ),
    batchesMs: grown("batchesMs"),
  };
}
