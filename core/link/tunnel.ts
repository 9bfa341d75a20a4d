/**
 * A way for `fetch` to reach one address under another name: a proxy on this machine that takes
 * CONNECT and dials that address and no other. So TLS checks the peer by the name in its
 * certificate, wherever it is; what passes here is encrypted.
 */
import type { PeerAddress } from "#core/config/addresses.ts";

const MAX_HEAD_BYTES = 8192;
const COPY_BYTES = 256 * 1024;

/** An open way. */
export interface Tunnel extends AsyncDisposable {
  /** Of the proxy. */
  readonly url: string;
  /** Why the address could not be reached, when the last try failed. */
  readonly trouble: string | undefined;
}

/** Opens a way to an address; it is dialled when somebody comes. */
export function openTunnel(address: PeerAddress): Tunnel {
  return new LocalTunnel(address);
}

class LocalTunnel implements Tunnel {
  readonly url: string;
  trouble: string | undefined;
  readonly #address: PeerAddress;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;

  constructor(address: PeerAddress) {
    this.#address = address;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#accepting = this.#accept();
  }

  async #accept(): Promise<void> {
    for await (const inner of this.#listener) void this.#serve(inner);
  }

  async #serve(inner: Deno.TcpConn): Promise<void> {
    this.#open.add(inner);
    let outer: Deno.TcpConn | undefined;
    try {
      await readHead(inner);
      const { host: hostname, port } = this.#address;
      outer = await Deno.connect({ hostname, port });
      this.#open.add(outer);
      this.trouble = undefined;
      outer.setNoDelay(true);
      inner.setNoDelay(true);
      await writeAll(inner, new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
      const theirs = outer;
      // Who leaves on this side wants no more of what may come, or may never come.
      const leave = copy(inner, outer).finally(() => this.#close(theirs));
      await Promise.all([leave, copy(outer, inner)]);
    } catch (error) {
      if (outer === undefined) this.trouble = (error as Error).message;
    } finally {
      this.#close(inner);
      if (outer !== undefined) this.#close(outer);
    }
  }

  #close(connection: Deno.Conn): void {
    this.#open.delete(connection);
    try {
      connection.close();
    } catch {
      // Closed from the other side already.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    await this.#accepting;
  }
}

/** Reads up to the end of the request's head. */
async function readHead(connection: Deno.Conn): Promise<void> {
  const head = new Uint8Array(MAX_HEAD_BYTES);
  for (let length = 0; length < head.length;) {
    const count = await connection.read(head.subarray(length));
    if (count === null) throw new Error("the connection was closed");
    length += count;
    if (new TextDecoder().decode(head.subarray(0, length)).endsWith("\r\n\r\n")) return;
  }
  throw new Error("the request is too long");
}

async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) break;
    await writeAll(to, buffer.subarray(0, count));
  }
  await to.closeWrite();
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
