import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { TestNetwork, whyNoNetwork } from "./network.ts";

const why = whyNoNetwork();

/** Whether a datagram from one host arrives at the other: it is answered by that over standard output. */
async function arrives(network: TestNetwork, from: string, to: string): Promise<boolean> {
  const program = (text: string) => [Deno.execPath(), "eval", "--unstable-net", text];
  const where = JSON.stringify({ hostname: network.address(to), port: 9, transport: "udp" });
  const run = (host: string, text: string) => {
    const [command, ...args] = network.on(host, program(text));
    return new Deno.Command(command, { args, stdout: "piped" }).spawn();
  };
  const taking = run(
    to,
    `const socket = Deno.listenDatagram(${where}); console.log("listening");
     const [bytes] = await socket.receive(); console.log(new TextDecoder().decode(bytes));
     Deno.exit();`,
  );
  const lines = taking.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await lines.read();
  // What comes from this process always arrives, and after what the other host sent before.
  await run(
    from,
    `const socket = Deno.listenDatagram({ ...${where}, hostname: "0.0.0.0", port: 0 });
     await socket.send(new TextEncoder().encode("host"), ${where});`,
  ).output();
  const own = createSocket("udp4");
  const sent = Promise.withResolvers<void>();
  own.send("test", 9, network.address(to), () => sent.resolve());
  await sent.promise;
  own.close();
  const { value } = await lines.read();
  await lines.cancel();
  await taking.status;
  return value?.trim() === "host";
}

Deno.test({
  name: `TestNetwork cuts and heals each way by itself${why === undefined ? "" : ` (${why})`}`,
  ignore: why !== undefined,
  async fn() {
    using network = new TestNetwork(["one", "two"]);
    assert(await arrives(network, "one", "two"));
    network.cut("one", "two");
    assert(!await arrives(network, "one", "two"));
    assert(await arrives(network, "two", "one"));
    network.heal("one", "two");
    assert(await arrives(network, "one", "two"));
  },
});
