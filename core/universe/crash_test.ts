import assert from "node:assert/strict";
import { assertSame, Model, randomChange, randomFrom } from "./model.ts";
import { TemporaryFolder } from "./temporary_universe.ts";

const OPTIONS = { hashes: 400, files: 5, chunks: 120 };
const LIMITS = "{ freshEntries: 150, stepEntries: 50 }";
const STEPS = 3000;

const url = (name: string) => JSON.stringify(new URL(name, import.meta.url));

/** A process that makes the changes of a seed from a step on and says how many are committed. */
const worker = (folder: string, seed: number, from: number) => `
  import { applyTo, randomChange, randomFrom } from ${url("./model.ts")};
  import { openUniverse } from ${url("./mod.ts")};
  const universe = openUniverse(${JSON.stringify(folder)}, ${LIMITS});
  const random = randomFrom(${seed});
  const text = new TextEncoder();
  for (let step = 0; step < ${STEPS}; step++) {
    const change = randomChange(random, step, ${JSON.stringify(OPTIONS)});
    if (step < ${from}) continue;
    applyTo(universe, change);
    Deno.stdout.writeSync(text.encode(step + 1 + "\\n"));
  }
`;

/** Kills the worker when it says it is at a step; returns what it said last. */
async function runAndKill(
  folder: string,
  seed: number,
  from: number,
  until: number,
): Promise<number> {
  const args = ["run", "-A", "--quiet", "--no-check", "-"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
    .spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(worker(folder, seed, from)));
  await input.close();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (Number(said.trimEnd().split("\n").at(-1)) >= until) child.kill("SIGKILL");
  }
  assert.equal((await child.status).signal, "SIGKILL");
  return Number(said.trimEnd().split("\n").at(-1));
}

/** What a universe knows after the first changes of a seed. */
function modelAfter(seed: number, steps: number): Model {
  const model = new Model(), random = randomFrom(seed);
  for (let step = 0; step < steps; step++) model.apply(randomChange(random, step, OPTIONS));
  return model;
}

/** How many changes the universe has seen: all that were acknowledged, and maybe one more. */
function committed(folder: TemporaryFolder, seed: number, said: number): number {
  using universe = folder.open();
  for (const steps of [said, said + 1]) {
    try {
      assertSame(universe, modelAfter(seed, steps), OPTIONS);
      return steps;
    } catch (error) {
      if (steps > said || !(error instanceof assert.AssertionError)) throw error;
    }
  }
  throw new Error("unreachable");
}

Deno.test("a universe whose owner is killed in the middle of changes has each of them whole or not at all", async () => {
  using folder = new TemporaryFolder();
  const seed = 7;
  let steps = 0;
  for (const further of [1, 60, 333, 17, 150]) {
    const said = await runAndKill(folder.path, seed, steps, steps + further);
    assert.ok(said >= steps + further && said < STEPS, `${said} after ${steps}`);
    steps = committed(folder, seed, said);
  }
});
