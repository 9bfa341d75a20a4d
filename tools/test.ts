/**
 * The test command: `deno task test [path…] [--filter=text]`.
 *
 * Installs the Debian programs that suites compare Orbit with when it may, runs every test, and
 * ends with one line: `N passed, N failed`. Files named `*_serial_test.ts` run after the others,
 * one at a time.
 */
import { preparePeers } from "./peers.ts";
import { addCounts, countsLine, countTests, failed, type TestCounts } from "./test_counts.ts";

/** Where tests live; folders that don't exist yet are left out. */
const FOLDERS = ["proto", "core", "cli", "star", "nucleus", "tools", "tests"];

/** Runs `deno test` as asked, output passed on as it comes, and counts what it reports. */
export async function runTests(args: string[]): Promise<TestCounts> {
  const options = args.filter((arg) => arg.startsWith("-"));
  const paths = args.filter((arg) => !arg.startsWith("-"));
  const roots = paths.length > 0 ? paths : FOLDERS.filter(isDirectory);
  const files = roots.flatMap(testFiles);
  const serial = files.filter((file) => file.endsWith("_serial_test.ts"));
  const parallel = files.filter((file) => !file.endsWith("_serial_test.ts"));
  if (files.length === 0) console.log(`find tests "${roots.join(" ")}": none`);

  let counts: TestCounts = { passed: 0, failed: files.length === 0 ? 1 : 0, skipped: 0 };
  const missing = await preparePeers();
  if (Deno.env.get("CI") === "true") counts = addCounts(counts, failed(missing.length));
  if (parallel.length > 0) {
    counts = addCounts(counts, await runDeno(["--parallel", ...options, ...parallel]));
  }
  if (serial.length > 0) counts = addCounts(counts, await runDeno([...options, ...serial]));
  return counts;
}

async function runDeno(args: string[]): Promise<TestCounts> {
  const frozen = Deno.env.get("CI") === "true" ? ["--frozen"] : [];
  const child = new Deno.Command(Deno.execPath(), {
    // All permissions: Deno lets nothing less read /proc, which suites watch processes through.
    // Types are checked by `deno task check`, so that a slip in one file doesn't stop every suite.
    args: ["test", "-q", "-A", "--no-check", ...frozen, ...args],
    env: Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const output = await passOn(child.stdout);
  const { success } = await child.status;
  return countTests(output, success);
}

/** Copies the stream to standard output as it arrives, and returns it as text. */
async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) at += Deno.stdout.writeSync(chunk.subarray(at));
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** Test files at or below a path, in a stable order. */
function testFiles(path: string): string[] {
  if (!isDirectory(path)) return [path];
  const entries = [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
  return entries.flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    if (entry.isDirectory) return entry.name === "node_modules" ? [] : testFiles(below);
    return /_test\.tsx?$/.test(entry.name) ? [below] : [];
  });
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  const counts = await runTests(Deno.args);
  console.log(countsLine(counts));
  Deno.exit(counts.failed === 0 ? 0 : 1);
}
