/** The status of a running Star, kept in memory and in its file. */
import type { Clock } from "#core/clock.ts";
import { toErrorData } from "#core/errors.ts";
import type { Logger } from "#core/log/mod.ts";
import type { StateFiles } from "#core/system/mod.ts";
import { StateFile } from "../state.ts";
import { formatStatus, type LinkState, type StarStatus } from "../status.ts";

/** How old the file may get while nothing but figures changes: writing wakes disks. */
const FIGURES_MS = 30_000;

/** What only changes with the link itself. */
type Changing = Omit<StarStatus, "schema" | "updatedAtMs" | "linkSinceMs">;

/** Writes the status one version after the other; those that were overtaken are left out. */
export class LiveStatus {
  #status: StarStatus;
  readonly #files: Pick<StateFiles, "write">;
  readonly #clock: Clock;
  readonly #log: Logger;
  #writing: Promise<void> | undefined;
  #isStale = false;
  #writtenAtMs = -Infinity;

  constructor(
    start: Changing,
    { files, clock, log }: { files: Pick<StateFiles, "write">; clock: Clock; log: Logger },
  ) {
    const nowMs = clock.now();
    this.#status = {
      schema: "orbit.star-status/1",
      ...start,
      updatedAtMs: nowMs,
      linkSinceMs: nowMs,
    };
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
  }

  get current(): StarStatus {
    return this.#status;
  }

  /** Something changed that people want to know at once. */
  change(changes: Partial<Changing>): void {
    this.#merge(changes);
    this.#write();
  }

  /** The link is now something else. */
  link(link: LinkState, changes: Partial<Changing> = {}): void {
    const nowMs = this.#clock.now();
    if (this.#status.link !== link) this.#status = { ...this.#status, linkSinceMs: nowMs };
    this.change({ ...changes, link });
  }

  /** New figures. */
  figures(changes: Partial<Changing>): void {
    this.#merge(changes);
    if (this.#clock.elapsed() - this.#writtenAtMs >= FIGURES_MS) this.#write();
  }

  /** Resolves when the file is as this is. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #merge(changes: Partial<Changing>): void {
    this.#status = { ...this.#status, ...changes, updatedAtMs: this.#clock.now() };
  }

  #write(): void {
    this.#isStale = true;
    this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
  }

  async #writeAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      this.#writtenAtMs = this.#clock.elapsed();
      try {
        await this.#files.write(StateFile.status, formatStatus(this.#status));
      } catch (error) {
        // A full disk must not stop a Star: only `orbit-star status` is out of date then.
        this.#log.warn("status not written", { error: toErrorData(error) });
      }
    }
  }
}
