/** Decides whether planned deletions may happen. */
import type { DeleteLimit } from "./options.ts";
import type { PlanSummary } from "./plan_state.ts";

/** Hands out permissions to delete, once the whole plan is known. */
export class DeletionGuard {
  readonly #limit: DeleteLimit;
  readonly #summary: PlanSummary;
  #granted = 0;
  /** Set once a deletion was refused because of the limit. */
  limitReached = false;

  constructor(limit: DeleteLimit, summary: PlanSummary) {
    this.#limit = limit;
    this.#summary = summary;
  }

  /** Why nothing may be deleted at all; undefined when deletions may begin. */
  refusal(): string | undefined {
    const { clean, deletions, destinationEntries } = this.#summary;
    if (!clean) return "not everything could be listed, so nothing is deleted";
    if (!("percent" in this.#limit)) return undefined;
    const { percent } = this.#limit;
    if (deletions * 100 <= destinationEntries * percent) return undefined;
    this.limitReached = true;
    return `deleting ${deletions} of the destination's ${destinationEntries} entries would be ` +
      `more than ${percent} %; nothing is deleted (--max-delete allows it)`;
  }

  /** What is to be said about the limit of this plan, if anything. */
  forecast(): string | undefined {
    const { deletions } = this.#summary;
    if (deletions === 0) return undefined;
    const refusal = this.refusal();
    if (refusal !== undefined || "percent" in this.#limit) return refusal;
    if (deletions <= this.#limit.count) return undefined;
    this.limitReached = true;
    return `only ${this.#limit.count} of ${deletions} entries may be deleted (--max-delete)`;
  }

  /** Whether one more deletion is within the limit. */
  grant(): boolean {
    if ("percent" in this.#limit || this.#granted < this.#limit.count) {
      this.#granted++;
      return true;
    }
    this.limitReached = true;
    return false;
  }
}
