/** Names that break tools: controls, escapes, invalid UTF-8, the longest there are. */
import assert from "node:assert/strict";
import { runScript } from "../support/shell.ts";
import { Bed } from "./bed.ts";

const SOURCE = [
  "mkdir src/sub; i=0",
  String
    .raw`for name in $'new\nline' $'esc\033[31m' $'bad\377\376utf8' $'\302' ' ' '-n' '\\' '"' "'" ` +
  String.raw`$'\r\t\b' '*?[' "$(printf 'x%.0s' $(seq 255))" $'\342\200\256rtl' ; do ` +
  String
    .raw`i=$((i+1)); echo $i > "src/$name"; mkdir "src/sub/$name"; echo $i > "src/sub/$name/$name"; ` +
  String.raw`ln -s "$name" "src/sub/$name/link"; done`,
];

const LIST =
  "find . -printf '%y %s %l %P\\0' | sort -z; find . -type f -print0 | sort -z | xargs -0 cksum";

Deno.test("a sync keeps names of any bytes, and shows none of their controls", async () => {
  using bed = new Bed();
  bed.run(...SOURCE);
  const { code, stdout, stderr } = await bed.sync(["-v"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(runScript(bed.dst, [LIST]), runScript(bed.src, [LIST]));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  assert.match(stdout, /new\\nline/);
  const again = await bed.sync(["-v"]);
  assert.deepEqual([again.code, again.stdout], [0, ""]);
});

Deno.test("trouble with a name of any bytes is one harmless line for each", async () => {
  using bed = new Bed();
  bed.run(...SOURCE);
  const badDay = { rules: [{ on: ["openFile" as const], tree: "/src$", then: { errno: "EIO" } }] };
  const { code, stderr } = await bed.sync([], { badDay });
  assert.equal(code, 23);
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.filter((line) => /^orbit: .*: input\/output error$/.test(line)).length, 26);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
});

Deno.test("a sync copies, updates and deletes below paths of thousands of bytes", async () => {
  using bed = new Bed();
  const name = "d".repeat(250);
  const descend = `for i in $(seq 20); do mkdir -p ${name}; cd ${name}; done`;
  bed.run(`cd src; ${descend}; echo deep > file; ln -s file link`);
  const read = `for i in $(seq 20); do cd ${name}; done; cat file; ls`;
  assert.equal((await bed.sync()).code, 0);
  assert.equal(bed.run(`cd dst; ${read}`), "deep\nfile\nlink\n");
  bed.run(`cd src; ${descend}; echo deeper > file; rm link; rm -f ../other`);
  assert.equal((await bed.sync(["--delete"])).code, 0);
  assert.equal(bed.run(`cd dst; ${read}`), "deeper\nfile\n");
  bed.run(`rm -r src/${name}; echo x > src/x`);
  assert.equal((await bed.sync(["--delete", "--max-delete=100%"])).code, 0);
  assert.equal(bed.run("ls dst"), "x\n");
});
