/** Counts the bytes that pass between two programs: a TCP port of this machine that hands on. */

/** A port that hands every connection on to another. It sees what is encrypted, encrypted. */
export class Meter implements AsyncDisposable {
  /** Bytes so far, both ways. */
  bytes = 0;
  readonly address: string;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #over: Promise<void>;
  #target: number | undefined;

  /** @param target The port to hand on to; may be told later. */
  constructor(target?: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = `127.0.0.1:${this.#listener.addr.port}`;
    this.#over = this.#accept();
  }

  set target(port: number) {
    this.#target = port;
  }

  async [Symbol.asyncDispose]() {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#over;
  }

  async #accept(): Promise<void> {
    const served = new Set<Promise<void>>();
    for await (const incoming of this.#listener) {
      const one = this.#serve(incoming).finally(() => served.delete(one));
      served.add(one);
    }
    await Promise.all(served);
  }

  async #serve(incoming: Deno.TcpConn): Promise<void> {
    this.#open.add(incoming);
    let outgoing: Deno.TcpConn | undefined;
    try {
      if (this.#target === undefined) return;
      outgoing = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#open.add(outgoing);
      for (const connection of [incoming, outgoing]) connection.setNoDelay(true);
      await Promise.all([this.#pump(incoming, outgoing), this.#pump(outgoing, incoming)]);
    } catch {
      // One side is gone: so is the connection, for the other side to see.
    } finally {
      for (const connection of [incoming, outgoing]) {
        if (connection === undefined) continue;
        this.#open.delete(connection);
        close(connection);
      }
    }
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(128 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        this.bytes += count;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
      await to.closeWrite();
    } catch (error) {
      // The other direction has nothing to wait for any more.
      for (const connection of [from, to]) close(connection);
      throw error;
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
