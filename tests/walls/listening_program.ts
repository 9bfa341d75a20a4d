/** A program that serves and calls others after it confined itself: `listening_program.ts ROOT`. */
import { openConfinedSystem } from "#core/system/confined_system.ts";

const [root] = Deno.args;
const { system, walls } = await openConfinedSystem({
  roots: [{ path: root, read: true, write: false }],
  width: 1,
  name: "star",
});
await using _open = system;
using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const [call, { port }] = [listener.accept(), listener.addr as Deno.NetAddr];
using _client = await Deno.connect({ hostname: "127.0.0.1", port });
(await call).close();

const states = (["read", "write", "run", "ffi", "sys", "import", "net", "env"] as const)
  .map((name) => [name, Deno.permissions.querySync({ name }).state]);
console.log(JSON.stringify({
  name: system.name,
  walls,
  states: Object.fromEntries(states),
  proxy: Deno.env.get("grpc_proxy"),
  scanned: (await system.scanDirectory(root)).map(({ path }) => path),
}));
