/** Many simulated Stars in one process, led by lines of JSON on standard input. */
import { systemClock } from "#core/clock.ts";
import { parsePeerAddress } from "#core/config/mod.ts";
import { Secret } from "#core/identity/mod.ts";
import { createMemoryDisk, openInlineSystem, type OrbitSystem } from "#core/system/mod.ts";
import { type Joined, joinGrid } from "../../../star/join/join.ts";
import { wallMs } from "./clock.ts";
import { linesOf } from "./process.ts";
import { SimulatedStar } from "./simulated_star.ts";
import { JOB_FOLDERS, type StarsOrder, type StarsReport } from "./stars_order.ts";

const JOINS_AT_ONCE = 4, CONNECTS_AT_ONCE = 16;

const joined: Joined[] = [];
const stars: SimulatedStar[] = [];
let received: Record<string, number> = {};
const system = await openFiles();

for await (const line of linesOf(Deno.stdin.readable)) {
  console.log(JSON.stringify(await obey(JSON.parse(line))));
}
await Promise.all(stars.map((star) => star[Symbol.asyncDispose]()));

async function obey(order: StarsOrder): Promise<unknown> {
  switch (order.do) {
    case "join":
      await join(order.nucleus, order.tokens);
      return joined.map(({ identity }) => identity.starId);
    case "connect":
      await inTurns(joined, CONNECTS_AT_ONCE, async (one) => {
        const star = new SimulatedStar(one, system);
        stars.push(star);
        await star.connected;
      });
      return stars.length;
    case "report":
      return report();
  }
}

async function join(address: string, tokens: string[]): Promise<void> {
  const nucleus = parsePeerAddress(address, 0)!;
  await inTurns(tokens, JOINS_AT_ONCE, async (token) => {
    const order = { token: new Secret(token), nucleus, hostname: "bench", version: "0.0.0" };
    joined.push(await joinGrid(order, { clock: systemClock }));
  });
}

async function inTurns<T>(
  values: readonly T[],
  width: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const left = values.values();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const value of left) await work(value);
  }));
}

function report(): StarsReport {
  const answer = { roundTrips: stars.flatMap((star) => star.roundTrips.splice(0)), received };
  received = {};
  return answer;
}

/** Files in memory, that note when a job first looks at its folder. */
async function openFiles(): Promise<OrbitSystem> {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  const content = new Uint8Array(4096);
  for (let job = 0; job < JOB_FOLDERS; job++) {
    tree.makeDirectory(`${job}`, 0o755);
    for (const name of ["a", "b", "c", "d"]) {
      using file = tree.createFile(`${job}/${name}`);
      file.write(content, 0);
    }
  }
  const files = await openInlineSystem(disk);
  const inspect = files.inspect.bind(files);
  files.inspect = (path, options) => {
    received[path] ??= wallMs();
    return inspect(path, options);
  };
  return files;
}
