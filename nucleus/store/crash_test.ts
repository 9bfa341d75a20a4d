import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { createStarId } from "#core/identity/mod.ts";
import { TemporaryFolder } from "./fixture.ts";
import { type GridStore, openGridStore } from "./mod.ts";

const PROGRAM = fileURLToPath(new URL("./mortal_program.ts", import.meta.url));

/** Runs the program until it has printed so many lines, and `then`; returns all it printed. */
async function killAfter(lines: number, args: string[], then = () => {}): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", PROGRAM, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  let isKilled = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (isKilled || printed.split("\n").length <= lines) continue;
    isKilled = true;
    then();
    child.kill("SIGKILL");
  }
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", `it ended by itself, after ${JSON.stringify(printed)}`);
  return printed.split("\n").slice(1, -1);
}

/** Tokens are used up, Stars are there and audited: all three, or none. */
function checkConsistent(store: GridStore, printed: readonly string[]): void {
  const anyHash = () => true;
  const tokens = new Map(store.joinTokens.list({ limit: 1000 }).map((token) => [token.id, token]));
  const used = [...tokens.values()].filter(({ state }) => state === "used");
  const stars = store.stars.list({ limit: 1000 });
  const joined = store.audit.list({ action: "star.join", limit: 1000 });
  for (const id of printed) assert.equal(tokens.get(id)?.state, "used", `${id} was used up`);
  assert.deepEqual(new Set(stars.map(({ id }) => id)), new Set(used.map(({ usedBy }) => usedBy!)));
  assert.deepEqual(new Set(joined.map(({ target }) => target)), new Set(used.map(({ id }) => id)));
  assert.equal(joined.length, used.length);
  for (const { id } of used) {
    const again = store.joinTokens.consume(id, anyHash, createStarId());
    assert.deepEqual(again, { ok: false, reason: "used" });
  }
  assert.equal(store.audit.verifyAudit().ok, true);
}

Deno.test("a process killed while it uses up tokens leaves none used twice or half", async () => {
  using folder = new TemporaryFolder();
  const printed: string[] = [];
  const moments = fc.sample(fc.integer({ min: 1, max: 60 }), 5);
  for (const [round, lines] of moments.entries()) {
    printed.push(...await killAfter(lines, [folder.path, String(round)]));
    using store = openGridStore(folder.path);
    checkConsistent(store, printed);
  }
});

Deno.test("a folder is another orbit-nucleus's until that dies, however it dies", async () => {
  using folder = new TemporaryFolder();
  await killAfter(1, [folder.path, "0"], () => {
    assert.throws(() => openGridStore(folder.path), {
      code: "conflict",
      message: /another orbit-nucleus/,
    });
  });
  using store = openGridStore(folder.path);
  checkConsistent(store, []);
});
