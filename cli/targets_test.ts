import assert from "node:assert/strict";
import { FakeReading } from "./fake_reading.ts";
import { fromRoot, openTarget, placeOf, rootsOf } from "./targets.ts";

Deno.test("rootsOf keeps directories that are in no other, and what very many share", () => {
  const cases: [string[], string[]][] = [
    [[], []],
    [["/a", "/a"], ["/a"]],
    [["/a/b", "/a", "/a-b", "/a.b/c"], ["/a", "/a-b", "/a.b/c"]],
    [["/x/y", "/"], ["/"]],
    [Array.from({ length: 100 }, (_, i) => `/data/d${i}`), ["/data"]],
    [[...Array.from({ length: 100 }, (_, i) => `/data/d${i}`), "/data-evil"], ["/"]],
  ];
  for (const [directories, roots] of cases) {
    assert.deepEqual(rootsOf(directories).sort(), roots.sort());
  }
});

Deno.test("fromRoot names a file from the root it lies under", () => {
  assert.deepEqual(fromRoot({ base: "/a/b", name: "f" }, ["/a", "/a-b"]), {
    base: "/a",
    name: "b/f",
  });
  assert.deepEqual(fromRoot({ base: "/a-b", name: "f" }, ["/a", "/a-b"]), {
    base: "/a-b",
    name: "f",
  });
  assert.deepEqual(fromRoot({ base: "/a", name: "f" }, ["/"]), { base: "/", name: "a/f" });
});

Deno.test("openTarget opens a directory, or the one that a file is in, and nothing else", async () => {
  const reading = new FakeReading({ "/d/e/f": "" });
  const directory = await openTarget("/d/e", {}, reading);
  assert.deepEqual([directory.base, directory.name], ["/d/e", undefined]);
  const file = await openTarget("/d/e/f", {}, reading);
  assert.deepEqual([file.base, file.name], ["/d/e", "f"]);
  assert.deepEqual(reading.opened, [["/d/e"], ["/d/e/f"], ["/d/e"]]);
  await assert.rejects(openTarget("/none/x", {}, reading), { code: "not_found" });
  assert.throws(() => placeOf("/none/x", reading), { code: "not_found" });
});
