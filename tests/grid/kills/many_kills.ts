/** One sync of many files from Star to Star, while one of the three dies again and again. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../../faults/bed.ts";
import { Random } from "../../support/random.ts";
import { TwoStars } from "../two_stars.ts";
import { type VictimName, VICTIMS, victimsOf } from "./victims.ts";
import { Watcher } from "./watcher.ts";

const FOLDERS = 20, FILES = 25, FILE_BYTES = 800_000;
/** So that a death comes near the point it is meant for. */
const BYTES_PER_SECOND = 48 << 20;

export interface KillsOptions {
  kills: number;
  /** Decides who dies when; 32 bits. */
  seed: number;
}

/** What came of it, in bytes. */
export interface KillsReport {
  content: number;
  /** On the wire between the Stars, whatever it was. */
  sent: number;
  /** The most that one death cost: sent since the last one, and not there when it was over. */
  worst: number;
  files: number;
  deaths: Record<VictimName, number>;
}

/**
 * Kills as often as asked, each time when another random point of the job is reached: so many bytes
 * are there under their final names. Then the job has to end as if nothing had been.
 */
export async function surviveKills({ kills, seed }: KillsOptions): Promise<KillsReport> {
  const random = new Random(seed);
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  const content = makeFiles(grid, random);
  const points = Array.from({ length: kills }, () => random.next() * content).sort((a, b) => a - b);
  const deaths = { source: 0, destination: 0, Nucleus: 0 };
  const watcher = new Watcher(to.path("tree"), from.path("tree"));
  const id = await grid.sync({ options: { bytesPerSecond: BYTES_PER_SECOND } });
  let worst = 0, spent = 0;
  for (const point of points) {
    const isThere = () => Promise.resolve(watcher.look() >= point || undefined);
    await grid.until(isThere, `${Math.round(point)} bytes of ${content} are there`, 120_000);
    // As often each, in any order.
    const least = Math.min(...Object.values(deaths));
    const name = random.pick(VICTIMS.filter((name) => deaths[name] - least < 3));
    const victim = victimsOf(grid)[name];
    await victim.kill();
    deaths[name]++;
    const lost = from.counter!.bytes - watcher.look() - spent;
    worst = Math.max(worst, lost);
    spent += lost;
    await victim.start();
  }
  const job = await grid.until(
    async () => {
      watcher.look();
      const job = await grid.job(id);
      return job.finishedAtMs > 0 ? job : undefined;
    },
    "the job is over",
    120_000,
  );
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  assert.equal(watcher.look(), content);
  assert.deepEqual(lookAt(to.path("tree")), lookAt(from.path("tree")));
  assert.deepEqual(findStaged(to.files), []);
  return { content, sent: from.counter!.bytes, worst, files: FOLDERS * FILES, deaths };
}

/** @returns Bytes of all of them. */
function makeFiles({ from }: TwoStars, random: Random): number {
  let total = 0;
  for (let folder = 0; folder < FOLDERS; folder++) {
    Deno.mkdirSync(from.path(`tree/${folder}`), { recursive: true });
    for (let file = 0; file < FILES; file++) {
      const bytes = random.bytes(random.integer(1, 2 * FILE_BYTES));
      Deno.writeFileSync(from.path(`tree/${folder}/${file}`), bytes);
      total += bytes.length;
    }
  }
  return total;
}

/** One line of it. */
export function describe({ content, sent, worst, files, deaths }: KillsReport): string {
  const share = (bytes: number) => `${(bytes / content * 100).toFixed(1)} %`;
  const count = Object.values(deaths).reduce((sum, each) => sum + each, 0);
  const who = Object.entries(deaths).map(([name, each]) => `${name} ${each}`).join(", ");
  const more = sent - content;
  return `${files} files, ${content} bytes; ${count} deaths (${who}); ${more} bytes more were sent: ` +
    `${share(more / Math.max(count, 1))} of all a death, ${share(worst)} at most`;
}
