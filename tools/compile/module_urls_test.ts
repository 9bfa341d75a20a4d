import assert from "node:assert/strict";
import { findReferences, ReferenceTable } from "./module_urls.ts";

const CODE = `
const a = new URL("./worker.ts", import.meta.url).href;
const b = new URL(
  "../x/data.json",
  import.meta.url,
);
const c = import.meta.resolve("./other.ts");
const d = import.meta.resolve("package"), e = new URL("./f.ts", base), g = new URL("/h", "file:///");
`;

/** A folder with files, removed afterwards. */
function withFiles(paths: string[], work: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const path of paths) {
      Deno.mkdirSync(`${root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      Deno.writeTextFileSync(`${root}/${path}`, "");
    }
    work(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

Deno.test("findReferences finds the files that code names by their place", () => {
  assert.deepEqual(findReferences(CODE), ["./worker.ts", "../x/data.json", "./other.ts"]);
});

Deno.test("ReferenceTable rewrites a name to where its file is in the bundle", () => {
  withFiles(["m/worker.ts", "x/data.json"], (root) => {
    const table = new ReferenceTable();
    table.add(`${root}/m/module.ts`, CODE);
    assert.deepEqual(table.targets(), [`${root}/m/worker.ts`, `${root}/x/data.json`]);
    const place = (target: string) => target === `${root}/m/worker.ts` ? "m/worker.js" : "data";
    const rewritten = (file: string, name: string) =>
      table.rewrite(file, `new URL("${name}", import.meta.url)`, place);
    assert.equal(rewritten("chunk.js", "./worker.ts"), `new URL("./m/worker.js", import.meta.url)`);
    assert.equal(rewritten("m/a.js", "../x/data.json"), `new URL("../data", import.meta.url)`);
  });
});

Deno.test("ReferenceTable takes folders for the whole bundle", () => {
  withFiles(["a/b/module.ts"], (root) => {
    const table = new ReferenceTable();
    const code = `new URL("../", import.meta.url)`;
    table.add(`${root}/a/b/module.ts`, code);
    assert.equal(table.rewrite("chunk.js", code, () => ""), `new URL("./", import.meta.url)`);
    assert.equal(table.rewrite("a/b/x.js", code, () => ""), `new URL("../../", import.meta.url)`);
  });
});

Deno.test("ReferenceTable refuses one name for two files", () => {
  withFiles(["a/worker.ts", "b/worker.ts"], (root) => {
    const table = new ReferenceTable();
    const code = `new URL("./worker.ts", import.meta.url)`;
    table.add(`${root}/a/module.ts`, code);
    assert.throws(() => table.add(`${root}/b/module.ts`, code), /rename one/);
  });
});

Deno.test("ReferenceTable refuses a name that no source had", () => {
  const code = `new URL("./unknown.ts", import.meta.url)`;
  assert.throws(() => new ReferenceTable().rewrite("a.js", code, () => ""), /"\.\/unknown\.ts"/);
});
