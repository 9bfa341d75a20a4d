/** Networks that break in the middle of a sync: each pair of the three, each way and both. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../faults/bed.ts";
import { TestNetwork, type Way, whyNoNetwork } from "../support/network.ts";
import { type HostName, HOSTS, TwoStars } from "./two_stars.ts";

const FILES = 40, LARGE_BYTES = 72 << 20;
/** So that what is cut is in the middle: half a minute for all. */
const BYTES_PER_SECOND = 2 << 20;
/** From a cut until all is done; far more than it takes. */
const LONG_MS = 300_000;

const why = whyNoNetwork();

function makeTree({ from }: TwoStars): void {
  Deno.mkdirSync(from.path("tree/small"), { recursive: true });
  for (let file = 0; file < FILES; file++) {
    Deno.writeTextFileSync(from.path(`tree/small/${file}`), `${file} `.repeat(file * 500));
  }
  using large = Deno.createSync(from.path("tree/large"));
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  for (let at = 0; at < LARGE_BYTES; at += noise.length) large.writeSync(noise);
}

/** Both, and each by itself. */
function waysBetween(one: HostName, other: HostName): Record<string, Way[]> {
  const there: Way = [one, other], back: Way = [other, one];
  return { both: [there, back], [`${one} to ${other}`]: [there], [`${other} to ${one}`]: [back] };
}

/** A sync that is cut off and noticed it, and then is healed: it ends by itself, as if nothing was. */
async function survive(
  grid: TwoStars,
  ways: Way[],
  isNoticed: (id: string) => () => Promise<true | undefined>,
): Promise<void> {
  const { network, from, to } = grid;
  const id = await grid.sync({ options: { bytesPerSecond: BYTES_PER_SECOND } });
  const begun = async () => (await grid.job(id)).progress?.written > 0 || undefined;
  await grid.until(begun, "some of it is there");
  const look = isNoticed(id);
  try {
    for (const way of ways) network!.cut(...way);
    await grid.until(look, "the cut is noticed", LONG_MS);
  } finally {
    for (const way of ways) network!.heal(...way);
  }
  const job = await grid.over(id, LONG_MS);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  assert.deepEqual(lookAt(to.path("tree")), lookAt(from.path("tree")));
  assert.deepEqual(findStaged(to.files), []);
  Deno.removeSync(to.path("tree"), { recursive: true });
}

/** The Nucleus takes a Star for lost. */
function isOffline(grid: TwoStars, name: HostName) {
  return () => async () => {
    const { stars } = await grid.json("/stars");
    return stars.find((star: { name: string }) => star.name === name).status !== "online" ||
      undefined;
  };
}

/** The job was begun anew, because the destination has lost the source. */
function isAttemptedAgain(grid: TwoStars) {
  return (id: string) => {
    return async () => (await grid.job(id)).attempt > 1 || undefined;
  };
}

/** What is cut, and how that is noticed. */
interface Case {
  name: string;
  grid: TwoStars;
  ways: Way[];
  notices(grid: TwoStars): (id: string) => () => Promise<true | undefined>;
}

const PAIRS = [
  { pair: ["nucleus", "from"], notices: (grid: TwoStars) => isOffline(grid, "from") },
  { pair: ["nucleus", "to"], notices: (grid: TwoStars) => isOffline(grid, "to") },
  { pair: ["from", "to"], notices: isAttemptedAgain },
] as const;

Deno.test({
  name: `a network that is cut in the middle of a sync and heals${why ? ` (${why})` : ""}`,
  // Where all is to be tested, not being able to is a failure.
  ignore: why !== undefined && Deno.env.get("CI") !== "true",
  async fn(t) {
    if (why !== undefined) throw new Error(why);
    const untidy = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
    await using stack = new AsyncDisposableStack();
    const cases: Case[] = [];
    for (const { pair: [one, other], notices } of PAIRS) {
      for (const [name, ways] of Object.entries(waysBetween(one, other))) {
        const network = stack.use(new TestNetwork(HOSTS));
        const grid = stack.use(await TwoStars.start({ network }));
        makeTree(grid);
        cases.push({ name: `${one} and ${other}: ${name}`, grid, ways, notices });
      }
    }
    // All at the same time: they wait, most of the time.
    await Promise.all(
      cases.map(({ name, grid, ways, notices }) =>
        t.step({ name, ...untidy, fn: () => survive(grid, ways, notices(grid)) })
      ),
    );
  },
});
