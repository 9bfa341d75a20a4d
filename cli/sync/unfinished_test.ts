import assert from "node:assert/strict";
import { defaultSyncOptions, type SyncRequest } from "#core/sync/options.ts";
import { findUnfinished, rememberUnfinished } from "./unfinished.ts";

const request: SyncRequest = {
  sources: [{ path: "/a", contents: true }],
  destination: "/b",
  destinationIsDirectory: false,
  options: defaultSyncOptions(),
};

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("findUnfinished finds the job of a request until it is forgotten", () =>
  inFolder(async (folder) => {
    assert.equal(await findUnfinished(folder, request), undefined);
    const { forget } = await rememberUnfinished(folder, request, "1aaaaaaaaaaa");
    assert.equal(await findUnfinished(folder, request), "1aaaaaaaaaaa");
    assert.equal(await findUnfinished(folder, { ...request, destination: "/c" }), undefined);
    const { forget: forgetNewer } = await rememberUnfinished(folder, request, "2bbbbbbbbbbb");
    forget();
    assert.equal(await findUnfinished(folder, request), "2bbbbbbbbbbb");
    forgetNewer();
    assert.equal(await findUnfinished(folder, request), undefined);
  }));

Deno.test("findUnfinished follows no link, reads nothing large, and both are replaced", () =>
  inFolder(async (folder) => {
    await rememberUnfinished(folder, request, "1aaaaaaaaaaa");
    const [{ name }] = Deno.readDirSync(`${folder}/unfinished`);
    const path = `${folder}/unfinished/${name}`;
    const tamper = [
      () => Deno.symlinkSync("/dev/zero", path),
      () => Deno.writeTextFileSync(path, "x".repeat(100_000)),
    ];
    for (const put of tamper) {
      Deno.removeSync(path);
      put();
      assert.equal(await findUnfinished(folder, request), undefined);
      await rememberUnfinished(folder, request, "2bbbbbbbbbbb");
      assert.equal(await findUnfinished(folder, request), "2bbbbbbbbbbb");
    }
  }));
