import { strictEqual as equal } from "node:assert/strict";

Deno.test("answers that are forgotten midway end their call", async () => {
  const script = new URL("./forgotten_fixture.ts", import.meta.url);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-check", "--v8-flags=--expose-gc", script.pathname],
    signal: AbortSignal.timeout(60_000),
  }).output();
  equal(code, 0, new TextDecoder().decode(stderr));
});
