/** The benchmark runs; what it measures isn't judged here. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

Deno.test("bench:grid measures ten Stars, and a hash", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", MAIN, "--json", "--runs=1", "--scale=0.01", "--only=load,hash"],
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text);
  const { rows } = JSON.parse(text);
  const figures = rows.flatMap((row: { figures: { what: string; value: number }[] }) =>
    row.figures
  );
  // In so short a time there may have been nothing to measure for one or the other.
  const measured = figures.filter(({ value }: { value: number | null }) => value !== null);
  assert.ok(figures.length > 15 && measured.length > 10, text);
  for (const { what, value } of measured) assert.ok(Number.isFinite(value) && value >= 0, what);
});
