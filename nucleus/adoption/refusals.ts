/**
 * Refusals in the audit log: each has its record, until there are so many that they would fill the
 * disk; then they are counted, and the next record says how many there were.
 */
import { OrbitError } from "#core/errors.ts";
import type { AuditEntry, AuditLog } from "../audit/mod.ts";
import type { Attempts } from "./limits.ts";

/** What is said to a stranger who comes too often. */
export function tooOften(action: string, waitMs?: number): OrbitError {
  const when = waitMs === undefined ? "later" : `in ${Math.ceil(waitMs / 1000)} s`;
  const message = `${action}: too many attempts; try again ${when}`;
  return new OrbitError("exhausted", message, { detail: { retryable: true } });
}

export class Refusals {
  readonly #audit: AuditLog;
  readonly #attempts: Attempts;
  #unrecorded = 0;

  constructor(audit: AuditLog, attempts: Attempts) {
    this.#audit = audit;
    this.#attempts = attempts;
  }

  /** Records a refusal, or counts it; returns whether it has a record. */
  record(entry: Omit<AuditEntry, "outcome">): boolean {
    if (!this.#attempts.tryRecord()) {
      this.#unrecorded++;
      return false;
    }
    const unrecorded = this.#unrecorded || undefined;
    this.#audit.append({ ...entry, outcome: "refused", detail: { ...entry.detail, unrecorded } });
    this.#unrecorded = 0;
    return true;
  }

  /** Records how many were only counted, for a time when nobody is refused any more. */
  settle(): void {
    if (this.#unrecorded === 0 || !this.#attempts.tryRecord()) return;
    this.#audit.append({
      ...{ actor: { kind: "system" }, action: "star.join", outcome: "refused" },
      ...{ reason: "too many to record each", detail: { unrecorded: this.#unrecorded } },
    });
    this.#unrecorded = 0;
  }
}
