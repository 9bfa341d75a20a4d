/** Calls that are confined to a scope, whatever they ask for. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem, type OrbitSystem } from "#core/system/mod.ts";
import { copyOf, how } from "#core/system/system_conformance_bed.ts";
import { openRemoteSystem } from "./remote_system.ts";
import { confineCalls, encodeScope, scopeOf } from "./scope.ts";
import { serveSystem } from "./serve.ts";
import { method, refused, utf8 } from "./test_serve.ts";

/** A Star that serves `/root`, where `mine` has links out to `other`; and it, confined to `mine`. */
async function openStar() {
  const disk = createMemoryDisk({ roots: ["/root"] });
  using tree = disk.openTree("/root");
  for (const folder of ["mine", "mine/sub", "other"]) tree.makeDirectory(folder, 0o755);
  for (const path of ["mine/sub/file", "other/file"]) {
    using file = tree.createFile(path);
    file.write(utf8(path), 0);
  }
  tree.makeLink("mine/in", "sub");
  tree.makeLink("mine/out", "/root/other");
  const caller = createInProcessCaller([serveSystem(await openInlineSystem(disk))]);
  const open = (scope?: string[]) => openRemoteSystem({ caller, name: "star", scope });
  return { disk, caller, open, confined: open(["/root/mine"]) };
}

const ACTION = { kind: "directory", path: "new", metadata: { permissions: 0o755 } } as const;

/** All that a system does at a folder with a file; what it finds there. */
const USES: Record<string, (system: OrbitSystem, folder: string) => Promise<unknown>> = {
  inspect: async (system, folder) => (await system.inspect(folder)).entry!.mode,
  scanDirectory: async (system, folder) => (await system.scanDirectory(folder)).length,
  scanTree: (system, folder) =>
    Array.fromAsync(system.scanTree({ base: folder, recursive: true }), ({ data }) => data.rows),
  readHeader: (system, folder) => system.readHeader(`${folder}/file`, 10),
  calculateHash: (system, folder) => system.calculateHash(`${folder}/file`, 0, 0),
  openStream: (system, folder) => Array.fromAsync(system.openStream(`${folder}/file`)),
  chunkFile: (system, folder) => Array.fromAsync(system.chunkFile(`${folder}/file`)),
  hashFiles: (system, folder) => system.hashFiles(folder, ["file"]).then(failed),
  perform: (system, folder) => system.perform(folder, [ACTION], how()).then(failed),
  "transfer to": (system, folder) =>
    system.transferTo(system, {
      ...{ sources: ["/root/mine/sub"], base: folder, options: how() },
      actions: [copyOf("file", 13)],
    }).then(failed),
  "transfer from": (system, folder) =>
    system.transferTo(system, {
      ...{ sources: [folder], base: "/root/mine/sub", options: how() },
      actions: [{ ...copyOf("copy", 13), sourcePath: "file" }],
    }).then(failed),
  pack: async (system, folder) => {
    const to = await openInlineSystem(createMemoryDisk({ roots: ["/to"] }));
    const actions = [copyOf("file", 13)];
    const request = { sources: [folder], base: "/to", actions, options: how() };
    return failed(await system.transferTo(to, request));
  },
};

function failed(results: { error?: unknown }[]): void {
  for (const { error } of results) if (error !== undefined) throw error;
}

for (const [name, use] of Object.entries(USES)) {
  Deno.test(`a Star confines ${name} to the scope of the call`, async () => {
    const { open, confined, disk } = await openStar();
    await use(confined, "/root/mine/in");
    for (const folder of ["/root/mine/out", "/root/other"]) {
      const error = await use(confined, folder).then(() => undefined, (error) => error);
      deepEqual([error?.code, error?.detail.errno], ["denied", "EXDEV"], folder);
    }
    using tree = disk.openTree("/root");
    equal(tree.facts("other/new"), null);
    await use(open(), "/root/mine/out");
  });
}

Deno.test("headers that lie outside a call's scope are empty, as all that can't be read", async () => {
  const { open, confined } = await openStar();
  const read = (system: OrbitSystem, base: string) => system.readHeaders(base, ["file"], 10);
  equal((await read(confined, "/root/mine/in"))[0].length, 10);
  equal((await read(confined, "/root/mine/out"))[0].length, 0);
  equal((await read(open(), "/root/mine/out"))[0].length, 10);
});

Deno.test("systems of one Star and other scopes don't reach what only the other may", async () => {
  const { open, confined } = await openStar();
  const request = {
    ...{ sources: ["/root/other"], base: "/root/mine/sub", options: how() },
    actions: [{ ...copyOf("copy", 10), sourcePath: "file" }],
  };
  failed(await open(["/root/other"]).transferTo(confined, request));
  const [{ error }] = await confined.transferTo(open(["/root/other"]), request);
  equal(error?.code, "denied");
});

Deno.test("a scope travels as it is, and what is none is refused", async () => {
  const scope = ["/a b", "/ü 漢字", '/quo"te\\', "/\ud800 torn", "/line\nbreak"];
  ok(/^[\x20-\x7e]+$/.test(encodeScope(scope)));
  deepEqual(scopeOf({ metadata: () => encodeScope(scope) }), scope);
  deepEqual(scopeOf({ metadata: () => encodeScope([]) }), []);
  equal(scopeOf({ metadata: () => undefined }), undefined);
  const { caller } = await openStar();
  for (const text of ["", "/root", '"/root"', "[1]", "{}", "null"]) {
    const call = { metadata: { "x-orbit-scope": text } };
    await refused("invalid", caller.unary(method.inspect, { path: utf8("/root") }, call));
  }
  const none = confineCalls(caller, []);
  await refused("denied", none.unary(method.inspect, { path: utf8("/root/mine") }));
  const long = Array.from({ length: 64 }, (_, i) => `/${"x".repeat(100)}${i}`);
  await refused("exhausted", Promise.resolve().then(() => encodeScope(long)));
});

Deno.test("a system that can't be confined answers no call with a scope", async () => {
  const { open } = await openStar();
  const whole = { ...open(), inspect: () => Promise.resolve({}) } as unknown as OrbitSystem;
  const caller = createInProcessCaller([serveSystem(whole)]);
  const path = utf8("/root");
  await caller.unary(method.inspect, { path });
  await refused("unsupported", confineCalls(caller, ["/root"]).unary(method.inspect, { path }));
});
