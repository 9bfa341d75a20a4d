/** Everything CI checks: format, lint, layers, contract, types, tests. Each check counts as one test. */
import { addCounts, countsLine, failed, type TestCounts } from "./test_counts.ts";
import { runTests } from "./test.ts";

const frozen = Deno.env.get("CI") === "true" ? ["--frozen"] : [];

const CHECKS: readonly { name: string; args: string[] }[] = [
  { name: "format", args: ["fmt", "-q", "--check"] },
  { name: "lint", args: ["lint", "-q"] },
  { name: "layers", args: ["run", "-q", "-P=tools", "--no-prompt", "tools/layers.ts"] },
  { name: "contract", args: ["run", "-q", "-P=tools", "--no-prompt", "tools/gen.ts", "--check"] },
  { name: "types", args: ["check", "-q", ...frozen] },
];

async function runCheck(check: { name: string; args: string[] }): Promise<TestCounts> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: check.args,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  console.log(`${check.name} ... ${success ? "ok" : "FAILED"}`);
  return success ? { passed: 1, failed: 0, skipped: 0 } : failed(1);
}

let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
for (const check of CHECKS) counts = addCounts(counts, await runCheck(check));
counts = addCounts(counts, await runTests(Deno.args));
console.log(countsLine(counts));
Deno.exit(counts.failed === 0 ? 0 : 1);
