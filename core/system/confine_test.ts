import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { confineTo } from "./confine.ts";
import type { Disk } from "./disk.ts";
import { openLocalSystem } from "./local_system.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { openInlineSystem } from "./memory_system.ts";
import type { OrbitSystem } from "./system.ts";
import { copyOf, how } from "./system_conformance_bed.ts";
import { rejectsAs, succeeded } from "./system_conformance_help.ts";

/** Folders `mine` and `other` in file workers, `mine` with links to both; confined to `mine`. */
async function openBed() {
  const base = Deno.makeTempDirSync({ prefix: "orbit-scope-" });
  for (const folder of ["mine/sub", "other"]) {
    Deno.mkdirSync(`${base}/${folder}`, { recursive: true });
    Deno.writeTextFileSync(`${base}/${folder}/file`, folder);
  }
  Deno.symlinkSync("sub", `${base}/mine/in`);
  Deno.symlinkSync(`${base}/other`, `${base}/mine/out`);
  const system = await openLocalSystem({ read: [], write: [base], width: 2 });
  return {
    ...{ base, system, confined: system.within!([`${base}/mine`]) },
    async [Symbol.asyncDispose]() {
      await system[Symbol.asyncDispose]();
      Deno.removeSync(base, { recursive: true });
    },
  };
}

function names(system: OrbitSystem, base: string): Promise<string[]> {
  return system.scanDirectory(base).then((entries) => entries.map(({ path }) => path));
}

Deno.test("file workers keep confined work to its scope, and other work as before", async () => {
  await using bed = await openBed();
  const { base, system, confined } = bed;
  deepEqual(await names(confined, `${base}/mine/in`), ["file"]);
  equal((await confined.hashFiles(`${base}/mine/in`, ["file"]))[0].size, 8);
  for (const path of [`${base}/mine/out`, `${base}/other`]) {
    await rejectsAs("denied", names(confined, path));
    await rejectsAs("denied", confined.calculateHash(`${path}/file`, 0, 0));
    equal((await confined.hashFiles(path, ["file"]))[0].error?.code, "denied");
    const request = { sources: [path], base: `${base}/mine/sub`, options: how() };
    const actions = [{ ...copyOf("taken", 5), sourcePath: "file" }];
    const [{ error }] = await confined.transferTo(confined, { ...request, actions });
    deepEqual([error?.code, error?.detail.side], ["denied", "source"]);
    deepEqual(await names(system, path), ["file"]);
  }
  // It isn't the confined one's to end.
  await confined[Symbol.asyncDispose]();
  deepEqual(await names(system, `${base}/mine/out`), ["file"]);
});

Deno.test("what confined work holds is let go when it ends, however it ends", async () => {
  const disk = createMemoryDisk({ roots: ["/root"] });
  let held = 0, most = 0;
  const counting: Disk = {
    ...disk,
    within(scope) {
      most = Math.max(most, ++held);
      return Object.assign(disk.within(scope), { [Symbol.dispose]: () => void held-- });
    },
  };
  const confined = (await openInlineSystem(counting)).within!(["/root"]);
  deepEqual(await names(confined, "/root"), []);
  await rejectsAs("not_found", confined.readHeader("/root/none", 1));
  for await (const _ of confined.scanTree({ base: "/root", recursive: true })) break;
  await rejectsAs("denied", Array.fromAsync(confined.openStream("/file")));
  deepEqual([held, most], [0, 1]);
});

Deno.test("what lies in two scopes is copied from one to the other by one who has both", async () => {
  await using bed = await openBed();
  const { base, system } = bed;
  const both = system.within!([`${base}/mine`, `${base}/other`]);
  const request = { sources: [`${base}/other`], base: `${base}/mine/sub`, options: how() };
  succeeded(
    await both.transferTo(both, {
      ...request,
      actions: [copyOf("copy", 5)].map((one) => ({ ...one, sourcePath: "file" })),
    }),
  );
  equal(Deno.readTextFileSync(`${base}/mine/sub/copy`), "other");
});

Deno.test("confineTo gives all without a scope, and nothing that it can't confine", async () => {
  const system = await openInlineSystem(createMemoryDisk({ roots: ["/root"] }));
  equal(confineTo<OrbitSystem>(system, undefined), system);
  const confined = confineTo<OrbitSystem>(system, ["/root"]);
  deepEqual(await names(confined, "/root"), []);
  const again = await rejection(() => confined.within!(["/root"]));
  const never = await rejection(() => confineTo({ name: "old" }, ["/root"]));
  deepEqual([again, never], ["internal", "unsupported"]);
});

async function rejection(act: () => unknown): Promise<string> {
  return await Promise.resolve().then(act).then(() => "nothing", (error) => error.code);
}
