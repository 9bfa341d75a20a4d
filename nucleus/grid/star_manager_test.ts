import assert from "node:assert/strict";
import { createStarId } from "#core/identity/mod.ts";
import type { SystemUse } from "#core/file_jobs/mod.ts";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import { StarManager, type StarManagerServices } from "./star_manager.ts";

const SCOPED: SystemUse = { relay: false, scope: ["/data/in"] };

Deno.test("a Star that can't keep a job to its scope is given none that has one", async () => {
  const id = createStarId();
  let capabilities = ["scan"];
  const opened: unknown[] = [];
  const services = {
    stars: { byId: () => ({ id, name: "old", standing: "active", capabilities }) },
    links: { of: () => ({ caller: {} }) },
    systems: { open: (_: unknown, __: unknown, use: SystemUse) => void opened.push(use) },
  } as unknown as StarManagerServices;
  using manager = new StarManager(services);
  const { signal } = new AbortController();
  await manager.open(id, signal, { relay: false });
  const refused = { code: "unsupported", message: /Star old: it is too old to keep a job to its/ };
  await assert.rejects(manager.open(id, signal, SCOPED), refused);
  capabilities = ["scan", "scope"];
  await manager.open(id, signal, SCOPED);
  assert.deepEqual(opened, [{ relay: false }, SCOPED]);
});

Deno.test("the Nucleus's own files are confined as those of a Star", async () => {
  const local = await openInlineSystem(createMemoryDisk({ roots: ["/data", "/data/in"] }));
  using manager = new StarManager({ local } as unknown as StarManagerServices);
  const { signal } = new AbortController();
  const confined = await manager.open(undefined, signal, SCOPED);
  assert((await confined.inspect("/data/in")).entry !== undefined);
  await assert.rejects(confined.inspect("/data"), { code: "denied" });
  assert.equal(await manager.open(undefined, signal), local);
});
