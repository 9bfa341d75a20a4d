import { strictEqual as equal } from "node:assert/strict";
import { fileURLToPath } from "node:url";

Deno.test("a server outlives clients that take their leave and go on talking", async () => {
  // What would go wrong ends a whole process.
  const program = fileURLToPath(new URL("http2_guard_program.ts", import.meta.url));
  const { code, signal, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", program],
    stderr: "inherit",
  }).output();
  equal(new TextDecoder().decode(stdout).trim(), "the server goes on");
  equal(signal ?? code, 0);
});
