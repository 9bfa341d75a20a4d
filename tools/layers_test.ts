import assert from "node:assert/strict";
import { checkLayers } from "./layers.ts";

const CONFIG = JSON.stringify({ imports: { "#core/": "./core/", "#proto/": "./proto/" } });

/** Writes a repository of the given files and returns what the check says of it. */
async function check(files: Record<string, string>): Promise<string[]> {
  const root = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${root}/deno.json`, CONFIG);
    for (const [path, code] of Object.entries(files)) {
      Deno.mkdirSync(`${root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      Deno.writeTextFileSync(`${root}/${path}`, code);
    }
    const violations = await checkLayers(root);
    return violations.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const LEAF = "export const x = 1;\nexport type X = number;\n";

const CASES: { name: string; files: Record<string, string>; says: string[] }[] = [
  {
    name: "accepts imports that go down through the alias",
    files: {
      "proto/p.ts": LEAF,
      "core/a.ts": 'import "#proto/p.ts";\n',
      "core/b_test.ts": 'import "./a.ts";\n',
      "cli/main.ts": 'import "#core/a.ts";\nimport "./b.ts";\n',
      "cli/b.ts": LEAF,
      "tests/t_test.ts": 'import "#core/a.ts";\nimport "../cli/b.ts";\n',
      "ui/page.ts": 'import type { X } from "#proto/p.ts";\nexport type Y = X;\n',
    },
    says: [],
  },
  {
    name: "refuses core importing cli",
    files: { "cli/m.ts": LEAF, "core/a.ts": LEAF + 'import "../cli/m.ts";\n' },
    says: ['core/a.ts:3: import "../cli/m.ts": core may not import cli'],
  },
  {
    name: "refuses star and nucleus importing each other, even for types",
    files: {
      "star/s.ts": 'import type { X } from "../nucleus/n.ts";\nexport type Y = X;\n',
      "nucleus/n.ts": LEAF,
    },
    says: ['star/s.ts:1: import "../nucleus/n.ts": star may not import nucleus'],
  },
  {
    name: "refuses a lazy import as well",
    files: {
      "star/s.ts": LEAF,
      "nucleus/n.ts": 'export const later = () => import("../star/s.ts");\n',
    },
    says: ['nucleus/n.ts:1: import "../star/s.ts": nucleus may not import star'],
  },
  {
    name: "refuses ui importing values",
    files: { "core/a.ts": LEAF, "ui/p.ts": 'import { x } from "#core/a.ts";\nconsole.log(x);\n' },
    says: ['ui/p.ts:1: import "#core/a.ts": ui may import types only'],
  },
  {
    name: "refuses a crossing without the alias",
    files: { "core/a.ts": LEAF, "cli/m.ts": 'import "../core/a.ts";\n' },
    says: ['cli/m.ts:1: import "../core/a.ts": crossing from cli to core takes the alias #core/'],
  },
  {
    name: "refuses importing tests",
    files: {
      "tests/support.ts": LEAF,
      "core/a_test.ts": LEAF,
      "core/b_test.ts": 'import "../tests/support.ts";\n',
      "core/c.ts": 'import "./a_test.ts";\n',
    },
    says: [
      'core/b_test.ts:1: import "../tests/support.ts": core may not import tests',
      'core/c.ts:1: import "./a_test.ts": only tests may import a test',
    ],
  },
  {
    name: "refuses a cycle in core, once, with its way",
    files: {
      "core/a.ts": 'import "./b.ts";\n',
      "core/b.ts": 'import "#core/d/c.ts";\n',
      "core/d/c.ts": '\nimport "../a.ts";\n',
    },
    says: ["core/d/c.ts:2: import cycle: core/a.ts → core/b.ts → core/d/c.ts → core/a.ts"],
  },
  {
    name: "accepts types that name each other",
    files: {
      "core/a.ts": 'import "./b.ts";\nexport type A = 1;\n',
      "core/b.ts": 'import type { A } from "./a.ts";\nexport type B = A;\n',
    },
    says: [],
  },
  {
    name: "refuses native libraries outside core/posix",
    files: {
      "core/posix/libc.ts": 'Deno.dlopen("libc", {});\n',
      "core/hash/h.ts": '// Deno.dlopen is for others\nconst a = "x" + Deno.dlopen;\n',
    },
    says: ["core/hash/h.ts:2: call Deno.dlopen: only core/posix/ may"],
  },
  {
    name: "refuses a folder it knows nothing of",
    files: { "core/a.ts": LEAF, "extra/e.ts": 'import "#core/a.ts";\n' },
    says: ['extra/e.ts:1: import "#core/a.ts": "extra" is no component that tools/layers knows'],
  },
];

for (const { name, files, says } of CASES) {
  Deno.test(`checkLayers ${name}`, async () => assert.deepEqual(await check(files), says));
}
