/** Either side dies at any moment, again and again, while jobs run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { Programs } from "./programs.ts";
import { within } from "./support.ts";

const FOLDERS = 20, FILES = 60, LARGE = 12, LARGE_BYTES = 48 << 20;
/** Deaths of each side. */
const DEATHS = 10;

function makeFiles(base: string): { files: number; entries: number } {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const path = join(base, `folder ${folder}`);
    Deno.mkdirSync(path);
    for (let file = 0; file < FILES; file++) {
      Deno.writeTextFileSync(join(path, `file ${file}`), `${folder} ${file}`.repeat(file));
    }
  }
  for (let file = 0; file < LARGE; file++) {
    // Without a block on the disk, but as long to hash as any.
    using large = Deno.openSync(join(base, `large ${file}`), { write: true, createNew: true });
    large.truncateSync(LARGE_BYTES + file);
  }
  const files = FOLDERS * FILES + LARGE;
  return { files, entries: files + FOLDERS };
}

const at = (path: string) => ({ star: "nas", path });

/** The kinds of jobs, and how results call what they find. */
const KINDS = ["hash", "scan", "verify"] as const;
const FOUND = { hash: "file", scan: "entry", verify: "same" };

const blake3 = await openBlake3();

class Bed {
  readonly #jobs: { id: string; kind: typeof KINDS[number] }[] = [];

  constructor(readonly grid: Programs) {}

  /** Sees to it that a job runs, or is about to. */
  async keepBusy(): Promise<void> {
    const last = this.#jobs.at(-1);
    if (last !== undefined) {
      const { job } = await this.grid.json(`/jobs/${last.id}`);
      if (job.finishedAtMs === undefined) return;
    }
    const kind = KINDS[this.#jobs.length % KINDS.length];
    const here = at(this.grid.files);
    const places = kind === "verify" ? { source: here, destination: here } : { at: here };
    this.#jobs.push({ id: await this.grid.submit({ kind, ...places }), kind });
  }

  /** Waits for all jobs; each has to have found every file once. Gives the attempts of each. */
  async finish(expected: Record<typeof KINDS[number], number>): Promise<number[]> {
    const attempts: number[] = [];
    for (const { id, kind } of this.#jobs) {
      const { job } = await this.grid.until(`/jobs/${id}`, ({ job }) => job.finishedAtMs > 0);
      assert.equal(job.state, "succeeded", `${kind}: ${JSON.stringify(job)}`);
      attempts.push(job.attempt);
      const lines = await this.grid.results(id);
      const found = lines.filter(({ type }) => type === FOUND[kind]);
      assert.equal(found.length, expected[kind], kind);
      assert.equal(new Set(found.map(({ path }) => path)).size, found.length, `${kind}: once each`);
      if (kind === "hash") { for (const file of found) this.#checkHash(file); }
    }
    return attempts;
  }

  #checkHash({ path, hash, size }: { path: string; hash: string; size: number }): void {
    const bytes = path.startsWith("large")
      ? undefined
      : Deno.readFileSync(join(this.grid.files, path));
    if (bytes === undefined) return assert.equal(size, LARGE_BYTES + Number(path.split(" ")[1]));
    assert.equal(hash, toHex(blake3.hash(bytes)), path);
  }
}

async function pause(mostMs: number): Promise<void> {
  await new Promise((wait) => setTimeout(wait, Math.random() * mostMs));
}

Deno.test("jobs outlive kill -9 of either side at any moment, and find everything once", async () => {
  await using grid = await Programs.start();
  const { files, entries } = makeFiles(grid.files);
  await grid.addStar();
  const bed = new Bed(grid);
  for (let round = 0; round < DEATHS; round++) {
    await bed.keepBusy();
    await pause(round % 5 === 0 ? 50 : 500);
    grid.nucleus!.kill("SIGKILL");
    await within(grid.nucleus!.result, "the Nucleus dies");
    await grid.startNucleus();
    await bed.keepBusy();
    await pause(500);
    grid.star!.kill("SIGKILL");
    await within(grid.star!.result, "the Star dies");
    grid.startStar();
  }
  const attempts = await bed.finish({ hash: files, scan: entries, verify: files });
  assert(attempts.some((count) => count > 1), `the Nucleus died in no job: ${attempts}`);
});
