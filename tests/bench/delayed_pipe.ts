/** One direction of a slow connection. */

/** What may be under way at a time: 1 GB/s over a round trip of 100 ms takes 50 MB. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_PARTS = 65_536;
const READ_BYTES = 128 * 1024;

/** How late a pipe is. */
export interface PipeOptions {
  /** From reading to writing. */
  delayMs: number;
  /** Before the first read. */
  beginMs: number;
  /** Told of everything that is read. */
  count(bytes: Uint8Array): void;
}

interface Part {
  dueAt: number;
  bytes: Uint8Array;
}

/** Reads here, writes there some time later, and reads on meanwhile. */
export class DelayedPipe {
  readonly #from: Deno.TcpConn;
  readonly #to: Deno.TcpConn;
  readonly #options: PipeOptions;
  #parts: Part[] = [];
  #held = { bytes: 0, parts: 0 };
  #change = Promise.withResolvers<void>();
  #endDueAt: number | undefined;
  #isBroken = false;

  constructor(from: Deno.TcpConn, to: Deno.TcpConn, options: PipeOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  /** Returns when the end has been passed on; rejects when a side is gone. */
  async run(): Promise<void> {
    const either = [this.#read(), this.#write()].map((one) =>
      one.catch((error) => {
        this.#isBroken = true;
        this.#changed();
        throw error;
      })
    );
    await Promise.all(either);
  }

  async #read(): Promise<void> {
    const { delayMs, beginMs, count } = this.#options;
    if (beginMs > 0) await pause(beginMs);
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      while (this.#held.bytes >= MAX_BYTES || this.#held.parts >= MAX_PARTS) {
        await this.#change.promise;
        if (this.#isBroken) return;
      }
      const length = await this.#from.read(buffer);
      const dueAt = performance.now() + delayMs;
      if (length === null) {
        this.#endDueAt = dueAt;
        return this.#changed();
      }
      const bytes = buffer.slice(0, length);
      count(bytes);
      this.#held.bytes += length;
      this.#held.parts++;
      this.#parts.push({ dueAt, bytes });
      this.#changed();
    }
  }

  async #write(): Promise<void> {
    for (;;) {
      const parts = this.#parts;
      this.#parts = [];
      for (const { dueAt, bytes } of parts) {
        await until(dueAt);
        for (let at = 0; at < bytes.length;) at += await this.#to.write(bytes.subarray(at));
        this.#held.bytes -= bytes.length;
        this.#held.parts--;
        this.#changed();
      }
      if (this.#parts.length > 0) continue;
      if (this.#isBroken) return;
      if (this.#endDueAt === undefined) {
        await this.#change.promise;
        continue;
      }
      await until(this.#endDueAt);
      return await this.#to.closeWrite();
    }
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

async function until(dueAt: number): Promise<void> {
  const ms = dueAt - performance.now();
  if (ms > 0) await pause(ms);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
