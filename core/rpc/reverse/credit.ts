/** What a sender of messages may still send. */
import { OrbitError } from "#core/errors.ts";
import { MAX_CREDIT } from "./frames.ts";

/** A balance: a message may be sent while it is above zero, and may bring it below. */
export class Credit {
  #left: number;
  #wanted: PromiseWithResolvers<void> | undefined;

  constructor(left: number) {
    this.#left = left;
  }

  /** Resolves when any is left; nothing is to be waited for when it returns undefined. */
  available(): Promise<void> | undefined {
    if (this.#left > 0) return undefined;
    this.#wanted ??= Promise.withResolvers();
    return this.#wanted.promise;
  }

  spend(cost: number): void {
    this.#left -= cost;
  }

  /** @throws invalid when it's more than anybody needs */
  add(credit: number): void {
    this.#left += credit;
    if (this.#left > MAX_CREDIT) throw new OrbitError("invalid", "credit: more than is allowed");
    if (this.#left <= 0) return;
    this.#wanted?.resolve();
    this.#wanted = undefined;
  }
}
