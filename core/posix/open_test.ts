import { match, strictEqual as equal } from "node:assert/strict";
import { ignore } from "./test_help.ts";

const script = `
  import { openLibc } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).href)};
  const opened = openLibc();
  console.log("libc" in opened ? "opened" : opened.reason);
`;

/** What a program with these permissions prints; it would hang if it were prompted. */
function runWith(...permissions: string[]): string {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/main.ts`;
    Deno.writeTextFileSync(path, script);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stdout, stderr } = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--config", config, ...permissions, path],
      stdin: "null",
    }).outputSync();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test({ name: "openLibc says why when it may not load the library", ignore }, () => {
  match(runWith(), /no permission to load the C library/);
  match(runWith("--allow-ffi=/somewhere/else.so"), /no permission to load the C library/);
});

Deno.test({ name: "openLibc needs no more than the library's full path", ignore }, async () => {
  const { libc } = await import("./test_help.ts");
  equal(runWith(`--allow-ffi=${libc.path}`).trim(), "opened");
});
