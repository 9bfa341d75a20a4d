import assert from "node:assert/strict";
import { compareTrees } from "./compare.ts";
import { changeSample, damageFile, makeSample } from "./sample.ts";
import { DemoError } from "./trouble.ts";

/** A small tree, twice. */
function makePair() {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  const pair = [`${folder}/left`, `${folder}/right`] as const;
  for (const root of pair) {
    Deno.mkdirSync(`${root}/sub`, { recursive: true });
    Deno.writeTextFileSync(`${root}/sub/file`, "content");
    Deno.symlinkSync("file", `${root}/sub/link`);
    Deno.utimeSync(`${root}/sub/file`, 1, 1);
    Deno.utimeSync(`${root}/sub`, 1, 1);
  }
  return { pair, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("compareTrees counts the files of equal trees", () => {
  using bed = makePair();
  assert.equal(compareTrees(...bed.pair), 1);
});

Deno.test.each<[string, (root: string) => void]>([
  ["content", (root) => write(`${root}/sub/file`, "CONTENT")],
  ["size", (root) => write(`${root}/sub/file`, "contents")],
  ["time", (root) => Deno.utimeSync(`${root}/sub/file`, 2, 2)],
  ["mode", (root) => Deno.chmodSync(`${root}/sub/file`, 0o600)],
  ["an added file", (root) => Deno.writeTextFileSync(`${root}/more`, "")],
  ["a missing file", (root) => Deno.removeSync(`${root}/sub/file`)],
  ["a link's target", (root) => {
    Deno.removeSync(`${root}/sub/link`);
    Deno.symlinkSync("elsewhere", `${root}/sub/link`);
    Deno.utimeSync(`${root}/sub`, 1, 1);
  }],
])("compareTrees finds a difference in %s", (_, change) => {
  for (const side of [0, 1]) {
    using bed = makePair();
    change(bed.pair[side]);
    assert.throws(() => compareTrees(...bed.pair), DemoError);
  }
});

/** Keeps the time. */
function write(path: string, text: string): void {
  Deno.writeTextFileSync(path, text);
  Deno.utimeSync(path, 1, 1);
}

Deno.test("damageFile changes content and neither size nor time", () => {
  const root = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    const { files, bytes } = makeSample(root);
    assert.ok(files > 300 && bytes > 64 * 2 ** 20);
    for (const path of changeSample(root)) assert.ok(Deno.statSync(`${root}/${path}`).isFile);
    const photo = "photos/2021/IMG_0006.jpg";
    const before = [
      Deno.statSync(`${root}/${photo}`),
      Deno.readFileSync(`${root}/${photo}`),
    ] as const;
    assert.equal(damageFile(root), photo);
    const after = [
      Deno.statSync(`${root}/${photo}`),
      Deno.readFileSync(`${root}/${photo}`),
    ] as const;
    assert.equal(after[0].mtime!.getTime(), before[0].mtime!.getTime());
    assert.equal(after[1].length, before[1].length);
    const flipped = after[1].filter((byte, at) => byte !== before[1][at]);
    assert.equal(flipped.length, 1);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
