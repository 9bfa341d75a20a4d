/** Passes TCP connections on to one address, and counts their bytes. */
import { connect, createServer, type Socket } from "node:net";

export interface CountingProxy extends AsyncDisposable {
  /** HOST:PORT. */
  readonly address: string;
  /** Bytes so far, both ways together. */
  readonly bytes: number;
}

export async function openCountingProxy(target: string): Promise<CountingProxy> {
  const [host, port] = target.split(":");
  const sockets = new Set<Socket>();
  let bytes = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.on("data", (part: Uint8Array) => {
        bytes += part.length;
        to.write(part);
      });
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: ownPort } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${ownPort}`,
    get bytes() {
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
