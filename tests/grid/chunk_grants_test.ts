/** What a Star that lies can read of another one with a grant for chunks. */
import assert from "node:assert/strict";
import { concatChunkLists, parametersFor } from "#core/cdc/mod.ts";
import { starServerName } from "#core/identity/mod.ts";
import { type Grant, hashItems, type LinkFiles, LinkPool, openLink } from "#core/link/mod.ts";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import { within } from "./bad_days/support.ts";
import { Forger } from "./hostile_grants.ts";
import { TwoStars } from "./two_stars.ts";

const SIZE = 9 << 20;
const NO_FILES: LinkFiles = { sources: [], items: [], followLinks: false };

function noise(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIZE);
  for (let at = 0; at < SIZE; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** The hashes of the chunks that a file of this content has. */
async function hashesOf(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  using file = tree.createFile("file");
  file.write(content, 0);
  const system = await openInlineSystem(disk);
  const lists = system.chunkFile("/data/file", parametersFor(SIZE));
  return concatChunkLists(await Array.fromAsync(lists)).hashes;
}

Deno.test("a grant for chunks gives none from elsewhere, no more than it is for, and no answers for ever", async () => {
  await using grid = await TwoStars.start({ secondListens: true });
  const { from, to } = grid;
  const content = noise(), hashes = await hashesOf(content);
  Deno.mkdirSync(to.path("tree"));
  Deno.writeFileSync(to.path("tree/large"), content);
  const [source, destination] = [to, from].map((star) => ({
    ...{ star: star.name, path: star.path("tree") },
  }));
  const id = await grid.sync({ source, destination });
  assert.equal((await grid.over(id)).state, "succeeded");
  await within(from.process!.waitFor(/chunks of files noted/, "stderr"), "it is learned");

  await using forger = await Forger.open(grid, "none");
  await using pool = new LinkPool(() => forger.credentials(to));
  const open = async (changes: Partial<Grant>) => {
    const chunks = { chunks: true, itemsHash: hashItems(NO_FILES), maxBytes: 2 * SIZE };
    const grant = await forger.sign({ ...chunks, ...changes });
    const address = { host: "127.0.0.1", port: from.port };
    const serverName = starServerName(forger.allowed.source);
    return await openLink({ address, serverName, grant }, NO_FILES, pool);
  };
  const first = hashes.slice(0, 32 * 64);
  {
    await using link = await open({ within: [from.path("tree")] });
    assert((await link.find(hashes)).every((one) => one === 1));
    assert((await Array.fromAsync(link.packChunks(first))).length > 0);
    // To ask whether others are there is for so many only, however it is asked.
    const guesses = crypto.getRandomValues(new Uint8Array(1024 * 32));
    const guess = async () => {
      for (;;) {
        const error = await Array.fromAsync(link.packChunks(guesses)).then(() => {}, (e) => e);
        if (error?.code === "denied") throw error;
      }
    };
    await assert.rejects(within(guess(), "guesses end"), /more chunks are asked about/);
  }
  {
    await using link = await open({ within: [from.path("other")] });
    assert((await link.find(hashes)).every((one) => one === 0));
    await assert.rejects(Array.fromAsync(link.packChunks(first)), { code: "unavailable" });
  }
  await using link = await open({ maxBytes: SIZE / 8 });
  const all = async () => {
    for (let at = 0; at < hashes.length; at += 32 * 64) {
      await Array.fromAsync(link.packChunks(hashes.slice(at, at + 32 * 64)));
    }
  };
  await assert.rejects(all(), { code: "unavailable" });
});
