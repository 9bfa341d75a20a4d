import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { JudgedItems } from "./judged_items.ts";
import type { PlanItem, SyncStep } from "./plan_item.ts";

function item(path: string, step: SyncStep = "transfer"): PlanItem {
  return { step, action: { kind: "delete", path, directory: false }, priority: 0 };
}

async function pathsOf(batches: AsyncIterable<PlanItem[]>): Promise<string[]> {
  return (await Array.fromAsync(batches)).flat().map(({ action }) => action.path);
}

Deno.test("JudgedItems lets pass at once what nothing has to be known of", async () => {
  const judged = new JudgedItems();
  deepStrictEqual(await pathsOf(judged.pass([item("a")])), ["a"]);
  deepStrictEqual(await pathsOf(judged.rest()), []);
});

Deno.test("JudgedItems holds items back without waiting, and gives them in order when judged", async () => {
  const judged = new JudgedItems();
  const first = Promise.withResolvers<void>(), second = Promise.withResolvers<void>();
  deepStrictEqual(await pathsOf(judged.pass([item("a")], first.promise)), []);
  deepStrictEqual(await pathsOf(judged.pass([item("b")], second.promise)), []);
  deepStrictEqual(await pathsOf(judged.pass([item("c")])), []);
  const rest = pathsOf(judged.rest());
  second.resolve();
  strictEqual(await Promise.race([rest, Promise.resolve("waits")]), "waits");
  first.resolve();
  deepStrictEqual(await rest, ["a", "b", "c"]);
});

Deno.test("JudgedItems gives directories at once, after what was before them", async () => {
  const judged = new JudgedItems();
  deepStrictEqual(await pathsOf(judged.pass([item("a")], Promise.resolve())), []);
  const directory = item("d", "directories");
  deepStrictEqual(await pathsOf(judged.pass([directory])), ["a", "d"]);
});

Deno.test("JudgedItems holds back no more than a few thousand", async () => {
  const judged = new JudgedItems();
  const many = (name: string) => Array.from({ length: 2048 }, (_, i) => item(`${name}${i}`));
  deepStrictEqual(await pathsOf(judged.pass(many("a"), Promise.resolve())), []);
  strictEqual((await pathsOf(judged.pass(many("b"), Promise.resolve()))).length, 4096);
});

Deno.test("JudgedItems reports what failed when the items are waited for", async () => {
  const judged = new JudgedItems();
  const failed = Promise.reject(new Error("no header"));
  deepStrictEqual(await pathsOf(judged.pass([item("a")], failed)), []);
  await rejects(pathsOf(judged.rest()), /no header/);
});
