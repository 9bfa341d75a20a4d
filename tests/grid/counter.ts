/** Counts what passes between programs of a test. */

/** Passes connections on to a port, and counts what passes. */
export class Counter implements AsyncDisposable {
  bytes = 0;
  /** Nobody comes through. */
  isClosed = false;
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #work = new Set<Promise<void>>();

  constructor(readonly target: number) {
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#keep(this.#accept());
  }

  async #accept(): Promise<void> {
    for await (const inner of this.#listener) this.#keep(this.#pass(inner));
  }

  /** Nobody comes through any more, and who did is cut off. */
  cut(): void {
    this.isClosed = true;
    for (const connection of this.#open) this.#close(connection);
  }

  async #pass(inner: Deno.Conn): Promise<void> {
    this.#open.add(inner);
    try {
      if (this.isClosed) throw new Error("closed");
      const outer = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
      this.#open.add(outer);
      await Promise.race([this.#copy(inner, outer), this.#copy(outer, inner)]);
      this.#close(outer);
    } catch {
      // Nobody is there now: the one who came finds its connection closed.
    } finally {
      this.#close(inner);
    }
  }

  async #copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        this.bytes += count;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // Closed.
    }
    this.#close(to);
  }

  #close(connection: Deno.Conn): void {
    if (this.#open.delete(connection)) connection.close();
  }

  #keep(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work)).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    await Promise.allSettled(this.#work);
  }
}
