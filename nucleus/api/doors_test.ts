import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { networkDoor, openAdminSocket } from "./doors.ts";
import { ApiBed } from "./fixture.ts";

const at = { star: "nas", path: "/data" };

function dial(path: string): Deno.HttpClient {
  return Deno.createHttpClient({ proxy: { transport: "unix", path } });
}

Deno.test("openAdminSocket serves the machine's admin, privately, and replaces what was left", async () => {
  await using bed = await ApiBed.open();
  const path = join(bed.adoption.grid.folder.path, "admin.sock");
  Deno.writeTextFileSync(path, "left behind");
  {
    await using _socket = await openAdminSocket(bed.api, path);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    using client = dial(path);
    const response = await fetch("http://nucleus/api/v1/tokens", {
      ...{ client, method: "POST", body: "{}", headers: { "content-type": "application/json" } },
    });
    assert.equal(response.status, 201);
    await response.body!.cancel();
  }
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  assert.deepEqual(bed.store.audit.list({ limit: 1 })[0].actor, { kind: "cli" });
});

Deno.test("openAdminSocket closes although somebody follows a job without an end", async () => {
  await using bed = await ApiBed.open();
  const path = join(bed.adoption.grid.folder.path, "admin.sock");
  bed.star("nas");
  const body = { kind: "scan", at };
  const { id } = (await bed.ask("/jobs", { as: bed.token(), body })).body.job;
  const socket = await openAdminSocket(bed.api, path);
  using client = dial(path);
  const response = await fetch(`http://nucleus/api/v1/jobs/${id}/events`, { client });
  const reader = response.body!.getReader();
  await reader.read();
  await socket[Symbol.asyncDispose]();
  // Cut off or ended: it comes to an end.
  const drained = (async () => {
    while (!(await reader.read()).done);
  })();
  await drained.catch((error) => assert.ok(error instanceof TypeError, `${error}`));
});

Deno.test("networkDoor tells where requests come from, and stops streams that nobody reads", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  bed.star("nas");
  const { id } = (await bed.ask("/jobs", { as, body: { kind: "scan", at } })).body.job;
  const server = createServer(networkDoor(bed.api));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/api/v1`;
  const refused = await fetch(`${url}/stars`, { headers: { authorization: "Bearer wrong" } });
  assert.equal(refused.status, 401);
  await refused.body!.cancel();
  assert.equal(bed.store.audit.list({ limit: 1 })[0].actor.address, "127.0.0.1");
  const headers = { authorization: `Bearer ${as}` };
  const stop = new AbortController();
  const stream = await fetch(`${url}/jobs/${id}/events`, { headers, signal: stop.signal });
  await stream.body!.getReader().read();
  assert.equal(bed.changes.size, 1);
  stop.abort();
  while (bed.changes.size > 0) await bed.adoption.grid.clock.advance(250);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
});
