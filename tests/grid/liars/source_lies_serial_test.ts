/** A source that lies about its files: they fail by name, and nothing that isn't theirs is seen. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createMemoryDisk, openInlineSystem, ScanBatchBuilder } from "#core/system/mod.ts";
import { FileType } from "#core/system/mod.ts";
import { toScanResponse } from "#core/remote/codec/scan.ts";
import { findStaged, lookAt } from "../../faults/bed.ts";
import { TwoStars } from "../two_stars.ts";
import { CONTENT_LIES } from "./content_lies.ts";
import { type Lies, LyingStar } from "./lying_star.ts";

const LARGE_BYTES = 72 << 20;
/** Of the destination, whatever is sent: a Star at work has some 200 MiB. */
const MOST_MEMORY_BYTES = 512 << 20;

const small = (letter: string) => new TextEncoder().encode(letter.repeat(5000));
const noise = new Uint8Array(LARGE_BYTES).map((_, at) => Math.imul(at, 2654435761) >>> 17);
const FILES: Record<string, Uint8Array<ArrayBuffer>> = {
  a: small("a"),
  b: small("b"),
  c: small("c"),
  large: noise,
};

/** A grid with the liar, whose files are these. */
async function start() {
  await using stack = new AsyncDisposableStack();
  const grid = stack.use(await TwoStars.start({ without: ["from"] }));
  const disk = createMemoryDisk({ roots: ["/data"] });
  {
    using tree = disk.openTree("/data");
    for (const [name, content] of Object.entries(FILES)) {
      using file = tree.createFile(name);
      file.write(content, 0);
    }
  }
  const liar = stack.use(await LyingStar.join(grid, await openInlineSystem(disk)));
  const kept = stack.move();
  return { grid, liar, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Bed = Awaited<ReturnType<typeof start>>;

/** What comes of a sync while it lies so. */
async function syncWith({ grid, liar }: Bed, lies: Lies, to: string = crypto.randomUUID()) {
  const folder = grid.to.path(to);
  liar.lies = lies;
  const source = { star: "liar", path: "/data" }, destination = { star: "to", path: folder };
  const id = await grid.sync({ source, destination });
  const job = await grid.over(id, 120_000);
  liar.lies = {};
  const { items } = await grid.json(`/jobs/${id}/items?state=failed&limit=100`);
  return { job, items, folder };
}

/** Only whole files of the source are there, but for what is being staged. Gives their names. */
function assertNothingWrong(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.startsWith(".orbit-"));
  for (const name of names) {
    assert(Object.hasOwn(FILES, name), name);
    assert.equal(Buffer.compare(Deno.readFileSync(join(folder, name)), FILES[name]), 0, name);
  }
  return names.sort();
}

function peakMemoryBytes(pid: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
  return Number(kibibytes) * 1024;
}

Deno.test("what a source lies about never gets a final name, and is told by its own", async (t) => {
  await using bed = await start();
  const { grid } = bed;
  for (const [what, content] of Object.entries(CONTENT_LIES)) {
    await t.step(what, async () => {
      const { job, items, folder } = await syncWith(bed, { content }, "lied");
      assert(["partial", "failed"].includes(job.state), `${job.state}: ${JSON.stringify(job)}`);
      for (const name of assertNothingWrong(folder)) Deno.removeSync(join(folder, name));
      assert(items.length > 0, JSON.stringify(job));
      for (const { key, error } of items) {
        assert(["corrupt", "conflict"].includes(error.code), `${key}: ${JSON.stringify(error)}`);
        assert.match(error.message, new RegExp(`"?${key}"?|unpack content`));
      }
    });
  }
  await t.step("it lies no more", async () => {
    const { job, folder } = await syncWith(bed, {}, "lied");
    assert.equal(job.state, "succeeded", JSON.stringify(job));
    assert.deepEqual(assertNothingWrong(folder), Object.keys(FILES).sort());
    assert.deepEqual(findStaged(folder), []);
  });
  const memory = peakMemoryBytes(grid.to.process!.pid);
  assert(memory < MOST_MEMORY_BYTES, `${memory} bytes of memory at the destination`);
});

/** A list of a file with this name. */
function listing(name: string) {
  const builder = new ScanBatchBuilder();
  const base = builder.addRow(new TextEncoder().encode(name));
  builder.rows[base] = FileType.file | 0o644;
  builder.endPart("", { last: true, complete: true, exists: true });
  const response = toScanResponse(builder.take());
  return {
    async *scanTree() {
      yield response;
    },
  };
}

Deno.test("names that a source can't have end the sync before anything is written", async (t) => {
  await using bed = await start();
  const { grid } = bed;
  for (const name of ["../escape", "/etc/escape", "..", "a/../../escape", "nul\0", ""]) {
    await t.step(JSON.stringify(name), async () => {
      const { job, folder } = await syncWith(bed, { answers: listing(name) });
      assert.equal(job.state, "failed", JSON.stringify(job));
      assert.equal(job.error.code, "corrupt");
      assert.match(job.error.message, /liar/);
      assert.deepEqual(assertNothingWrong(folder), []);
    });
  }
  await t.step("one that isn't there", async () => {
    const { job, folder } = await syncWith(bed, { answers: listing("nowhere") });
    assert(["partial", "succeeded"].includes(job.state), JSON.stringify(job));
    assert.deepEqual(assertNothingWrong(folder), []);
  });
  assert(!existsSync(grid.to.path("../escape")));
  assert.equal(existsSync("/etc/escape"), false);
  assert.deepEqual([...lookAt(grid.to.files).keys()].filter((path) => /escape|nul/.test(path)), []);
});
