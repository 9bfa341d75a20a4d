import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { landlockAbi } from "./landlock.ts";
import { ignore, libc } from "./test_help.ts";

const hasLandlock = !ignore && landlockAbi(libc) >= 2;

/** Tries everything from inside; prints what succeeded. */
const script = `
  import { openLibc, restrictToRoots } from ${JSON.stringify(import.meta.resolve("./mod.ts"))};
  const { libc } = openLibc();
  const base = Deno.args[0];
  let reason = "";
  try { restrictToRoots(libc, { read: [base + "/missing"], write: [] }); }
  catch (error) { reason = error.code; }
  Deno.readTextFileSync(base + "/none/secret");
  restrictToRoots(libc, { read: [base + "/in", base + "/single"], write: [base + "/out"] });
  const tries = {
    "read in": () => Deno.readTextFileSync(base + "/in/file"),
    "list in": () => [...Deno.readDirSync(base + "/in")],
    "read single": () => Deno.readTextFileSync(base + "/single"),
    "write out": () => Deno.writeTextFileSync(base + "/out/new", "x"),
    "rename out": () => { Deno.mkdirSync(base + "/out/d"); Deno.renameSync(base + "/out/new", base + "/out/d/new"); },
"remove out": () => { Deno.removeSync(base + "/out/d/new"); Deno.removeSync(base + "/out/d"); },
    "write in": () => Deno.writeTextFileSync(base + "/in/new", "x"),
    "truncate in": () => Deno.truncateSync(base + "/in/file"),
    "remove in": () => Deno.removeSync(base + "/in/file"),
    "read out": () => Deno.readTextFileSync(base + "/out/old"),
    "read none": () => Deno.readTextFileSync(base + "/none/secret"),
    "list none": () => [...Deno.readDirSync(base + "/none")],
    "write none": () => Deno.writeTextFileSync(base + "/none/new", "x"),
    "libc none": () => {
      if (libc.entries.openat(-100, libc.name(base + "/none/secret"), 0) < 0) throw 0;
    },
  };
  const done = Object.keys(tries).filter((name) => {
    try { tries[name](); return true; } catch { return false; }
  });
  console.log(JSON.stringify([reason, done]));
`;

Deno.test({
  name: "restrictToRoots leaves reading and writing where it was granted, and nothing else",
  ignore: !hasLandlock,
  fn: () => {
    const base = Deno.makeTempDirSync({ prefix: "orbit-landlock-" });
    try {
      for (const folder of ["in", "out", "none"]) Deno.mkdirSync(`${base}/${folder}`);
      for (const file of ["in/file", "out/old", "none/secret", "single", "main.ts"]) {
        Deno.writeTextFileSync(`${base}/${file}`, file === "main.ts" ? script : "text");
      }
      const config = new URL("../../deno.json", import.meta.url).pathname;
      const { stdout, stderr } = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--no-lock", "--config", config, `${base}/main.ts`, base],
      }).outputSync();
      equal(new TextDecoder().decode(stderr), "");
      deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
        "not_found",
        ["read in", "list in", "read single", "write out", "rename out", "remove out"],
      ]);
    } finally {
      Deno.removeSync(base, { recursive: true });
    }
  },
});
