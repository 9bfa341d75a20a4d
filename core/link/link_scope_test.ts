import assert from "node:assert/strict";
import { readParcel } from "#core/system/parcel/format.ts";
import { hashItems, type LinkFiles, type LinkSource } from "./mod.ts";
import { Bench, FILES } from "./test_bench.ts";

Deno.test("of a link with a scope nothing outside is given, and the scope can't be left out", async () => {
  await using bench = await Bench.start({ a: new Uint8Array(3), b: new Uint8Array(5) });
  const scoped: LinkFiles = { ...FILES, scope: ["/data/mine"] };
  const { token } = await bench.grant({ itemsHash: hashItems(scoped) });
  for (const scope of [undefined, [], ["/data"], ["/data/mine", "/data"]]) {
    await assert.rejects(bench.open(token, bench.taker, { ...FILES, scope }), { code: "denied" });
  }
  const errors = async (link: LinkSource) => {
    const { sources, items, followLinks } = FILES;
    const found: (string | undefined)[] = [];
    for await (const parcel of link.pack({ sources, items, followLinks })) {
      for (const record of readParcel(parcel)) {
        if (record.kind === "close") found[record.index] = undefined;
        if (record.kind === "fail") found[record.index] = record.error.code;
      }
    }
    return found;
  };
  for (const packAll of [false, true]) {
    const opening = async (files: LinkFiles) => {
      const { token } = await bench.grant({ itemsHash: hashItems(files) });
      return await errors(await bench.openAs(token, { files, packAll }));
    };
    assert.deepEqual(await opening(scoped), ["denied", "denied", "denied"]);
    const wide = { ...FILES, scope: ["/data"] };
    assert.deepEqual(await opening(wide), [undefined, undefined, "not_found"]);
  }
});
