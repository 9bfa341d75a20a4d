/**
 * Refusals in the audit log: each has its record, until there are so many that they would fill the
 * disk; then they are counted, and the next record says how many there were.
 */
import type { Clock } from "#core/clock.ts";
import { type RateLimit, RateLimiter } from "#core/rate_limit.ts";
import type { AuditEntry, AuditLog } from "../audit/mod.ts";

/** Refusals in all that have a record of their own. */
const RECORDED: RateLimit = { burst: 100, perSecond: 5 };

/** No reason in the audit log is longer. */
const MAX_REASON = 500;

export class Refusals {
  readonly #audit: AuditLog;
  readonly #limiter: RateLimiter;
  #unrecorded = 0;

  constructor(audit: AuditLog, clock: Clock) {
    this.#audit = audit;
    this.#limiter = new RateLimiter({ clock, ...RECORDED, maxKeys: 1 });
  }

  /** Records a refusal, or counts it. */
  record(entry: Omit<AuditEntry, "outcome" | "detail">): void {
    if (!this.#limiter.tryTake("")) {
      this.#unrecorded++;
      return;
    }
    this.#audit.append({
      ...entry,
      reason: entry.reason?.slice(0, MAX_REASON),
      outcome: "refused",
      detail: this.#unrecorded === 0 ? undefined : { unrecorded: this.#unrecorded },
    });
    this.#unrecorded = 0;
  }
}
