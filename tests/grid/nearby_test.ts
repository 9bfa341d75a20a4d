/** Content that a third Star has is taken from there, instead of from its source. */
import assert from "node:assert/strict";
import { lookAt } from "../faults/bed.ts";
import { makeTempDirectory } from "../support/temp.ts";
import { StarGrid } from "../bench/p2p/stars.ts";
import { until } from "./bad_days/support.ts";

const MIB = 2 ** 20, LARGE = 96 * MIB;

function write(path: string, seed: Uint8Array<ArrayBuffer>, length: number): void {
  using file = Deno.createSync(path);
  for (let at = 0; at < length; at += seed.length) {
    crypto.getRandomValues(seed);
    file.writeSync(seed);
  }
}

async function openGrid() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(makeTempDirectory({ on: "disk" }));
  const roots: Record<string, string> = {};
  for (const name of ["nas-1", "nas-2", "nas-3"]) {
    roots[name] = `${folder.path}/${name}-files`;
    Deno.mkdirSync(roots[name]);
  }
  write(`${roots["nas-1"]}/large`, new Uint8Array(65_536), LARGE);
  const home = `${folder.path}/grid`;
  Deno.mkdirSync(home);
  const grid = stack.use(await StarGrid.start({ folder: home, roots, roundTripMs: 0 }));
  const at = (star: string) => ({ star, path: roots[star] });
  return {
    grid,
    roots,
    /** Copies to a Star; bytes that each of the others gave for it. */
    async copyTo(
      star: string,
      options: { bytesPerSecond?: number } = {},
    ): Promise<{ first: number; second: number }> {
      const before = [grid.givenBy("nas-1"), grid.givenBy("nas-2")];
      await grid.sync(at("nas-1"), at(star), options);
      assert.deepEqual(lookAt(roots[star]), lookAt(roots["nas-1"]));
      const after = [grid.givenBy("nas-1"), grid.givenBy("nas-2")];
      return { first: after[0] - before[0], second: after[1] - before[1] };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("the same content to a third Star comes from the second", async () => {
  await using bed = await openGrid();
  await bed.copyTo("nas-2");
  await bed.grid.hasLearned("nas-2");
  const { first, second } = await bed.copyTo("nas-3");
  assert(first < LARGE * 0.02, `${first} bytes from the first Star`);
  assert(second > LARGE, `${second} bytes from the second Star`);
});

Deno.test("what a Star was thought to have, and hasn't any more, comes from the source", async () => {
  await using bed = await openGrid();
  await bed.copyTo("nas-2");
  await bed.grid.hasLearned("nas-2");
  write(`${bed.roots["nas-2"]}/large`, new Uint8Array(65_536), LARGE);
  const { first } = await bed.copyTo("nas-3");
  assert(first > LARGE, `${first} bytes from the first Star`);
});

Deno.test("kill -9 of the Star that helps, in the middle: the rest comes from the source", async () => {
  await using bed = await openGrid();
  await bed.copyTo("nas-2");
  await bed.grid.hasLearned("nas-2");
  const before = bed.grid.givenBy("nas-2");
  const copying = bed.copyTo("nas-3", { bytesPerSecond: 24 * MIB });
  await until(() => bed.grid.givenBy("nas-2") - before >= LARGE / 4, "the second Star has begun");
  bed.grid.processOf("nas-2").kill("SIGKILL");
  const { first, second } = await copying;
  assert(second >= LARGE / 4 && second < LARGE, `${second} bytes from the second Star`);
  assert(first > LARGE / 8 && first < LARGE, `${first} bytes from the first Star`);
});
