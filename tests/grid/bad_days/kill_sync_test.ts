/** A sync on a Star, while either side dies again and again. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Programs } from "./programs.ts";
import { within } from "./support.ts";

const FOLDERS = 15, FILES = 100, LARGE = 3, LARGE_BYTES = 24 << 20;
/** Deaths of each side. */
const DEATHS = 3;

function makeFiles(base: string): void {
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  for (let folder = 0; folder < FOLDERS; folder++) {
    const path = join(base, `folder ${folder}`);
    Deno.mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES; file++) {
      Deno.writeTextFileSync(join(path, `file ${file}`), `${folder} ${file} `.repeat(file));
    }
  }
  for (let file = 0; file < LARGE; file++) {
    using large = Deno.openSync(join(base, `large ${file}`), { write: true, createNew: true });
    for (let at = 0; at < LARGE_BYTES; at += noise.length) large.writeSync(noise);
  }
}

/** Every path beneath with its size. */
function sizes(base: string, beneath = ""): string[] {
  return [...Deno.readDirSync(join(base, beneath))].flatMap(({ name, isDirectory }) => {
    const path = join(beneath, name);
    return isDirectory ? sizes(base, path) : [`${path}: ${Deno.statSync(join(base, path)).size}`];
  }).sort();
}

Deno.test("a sync outlives kill -9 of either side, and leaves nothing but equal trees", async () => {
  await using grid = await Programs.start();
  const from = join(grid.files, "from"), to = join(grid.files, "to");
  makeFiles(from);
  await grid.addStar();
  const source = { star: "nas", path: from }, destination = { star: "nas", path: to };
  const id = await grid.submit({ kind: "sync", source, destination, contents: true });
  for (let round = 0; round < DEATHS; round++) {
    await new Promise((wait) => setTimeout(wait, Math.random() * 600));
    grid.star!.kill("SIGKILL");
    await within(grid.star!.result, "the Star dies");
    grid.startStar();
    await new Promise((wait) => setTimeout(wait, Math.random() * 600));
    grid.nucleus!.kill("SIGKILL");
    await within(grid.nucleus!.result, "the Nucleus dies");
    await grid.startNucleus();
    // One that lost its Nucleus waits before it dials again; a new one dials at once.
    if (round % 2 === 0) continue;
    grid.star!.kill("SIGKILL");
    await within(grid.star!.result, "the Star dies");
    grid.startStar();
  }
  const { job } = await grid.until(`/jobs/${id}`, ({ job }) => job.finishedAtMs > 0);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  assert.deepEqual(sizes(to), sizes(from));
  const verify = await grid.submit({ kind: "verify", source, destination });
  const verified = await grid.until(`/jobs/${verify}`, ({ job }) => job.finishedAtMs > 0);
  assert.equal(verified.job.state, "succeeded", JSON.stringify(verified.job));
});
