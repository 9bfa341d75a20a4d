import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { confineCalls } from "#core/remote/scope.ts";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem, type OrbitSystem } from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { type Peers } from "../manual/peers.ts";
import { replicateFileHandler } from "../manual/replicate_file.ts";
import { replicateByLink } from "./replicate_file.ts";
import { serveFiles } from "./star_service.ts";

const CONTENT = new TextEncoder().encode("content");

/** A Star with `/root/mine`, out of which a link leads to `/root/other`, and a source. */
async function openStar() {
  const closing = new AbortController().signal;
  const from = createMemoryDisk({ roots: ["/from"] });
  {
    using tree = from.openTree("/from");
    using file = tree.createFile("file");
    file.write(CONTENT, 0);
  }
  const source = await openInlineSystem(from);
  const disk = createMemoryDisk({ roots: ["/root"] });
  const tree = disk.openTree("/root");
  for (const folder of ["mine", "other"]) tree.makeDirectory(folder, 0o755);
  tree.makeLink("mine/out", "/root/other");
  const system = await openInlineSystem(disk);
  const scopes: unknown[] = [];
  const replicateFile = replicateByLink({
    ...{ system, closing },
    open: (_address, _grant, _request, { scope }) => {
      scopes.push(scope);
      const link = { name: "from", pack: source.pack.bind(source) };
      return Promise.resolve({
        link: { ...link, [Symbol.asyncDispose]: () => Promise.resolve() },
        maxBytes: 1000,
      });
    },
  });
  const limits = { maxCalls: 10, maxHashBytes: 1000 };
  const served = serveFiles({ ...limits, system, roots: [], closing, replicateFile });
  return { caller: createInProcessCaller([served]), tree, scopes };
}

Deno.test("a file is fetched to no place outside the scope of the call, whatever links lead there", async () => {
  const { caller, tree, scopes } = await openStar();
  const scope = ["/root/mine"], confined = confineCalls(caller, scope);
  const fetch = (by: typeof caller, localPath: string) =>
    by.unary(StarService.method.replicateFile, {
      ...{ sourceStarUrl: "https://from:1", remotePath: "/from/file", localPath },
    }).then(() => "done", ({ code }) => code);
  equal(await fetch(confined, "/root/mine/deep/copy"), "done");
  for (const path of ["other/new", "mine/out/new", "other/deep/new"]) {
    equal(await fetch(confined, `/root/${path}`), "denied", path);
  }
  equal(tree.facts("other/new"), null);
  equal(tree.facts("other/deep"), null);
  equal(await fetch(caller, "/root/other/new"), "done");
  deepEqual([scopes[0], scopes.at(-1)], [scope, undefined]);
});

Deno.test("a Star without a Nucleus fetches nothing that it can't keep to the scope of the call", async () => {
  const closing = new AbortController().signal;
  const replicateFile = replicateFileHandler({
    ...{ system: { name: "whole" } as OrbitSystem, peers: [] as unknown as Peers, closing },
    meter: { tookBatch() {}, tookBytes() {} },
    clock: { elapsed: () => 0 },
  });
  const request = { remotePath: "/from/file", localPath: "/root/x", expectedChecksum: [] };
  const metadata = () => '["/root/mine"]';
  const call = Promise.resolve(
    replicateFile(request as never, { metadata, signal: closing } as never),
  );
  equal(await call.then(() => "done", ({ code }) => code), "unsupported");
});
