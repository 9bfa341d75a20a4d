/**
 * A program that confines itself as a Star does, then tries to get out, loses its file workers, and
 * goes on: `confined_program.ts BED STATE`. Prints what came of it as one line of JSON.
 */
import { giveUpPermissions } from "#core/system/give_up_permissions.ts";
import { openLocalSystem } from "#core/system/local_system.ts";
import { openStateFiles } from "#core/system/state_files.ts";
import { openNativeFiles, tryToGetOut } from "./attempts.ts";

const [bed, stateFolder] = Deno.args;
await using state = await openStateFiles(stateFolder);
await using system = await openLocalSystem({
  read: [`${bed}/seen`],
  write: [`${bed}/in`],
  width: 2,
  keeper: true,
  program: import.meta.resolve("#core/system/worker_mortal_program.ts"),
});
giveUpPermissions();

const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => "done", (error) => `${error.code} ${error.detail?.retryable ?? false}`);
const findings = await tryToGetOut(bed, openNativeFiles());
const startsWorker = (() => {
  try {
    const permissions = { read: [bed] };
    const url = import.meta.resolve("./attempts.ts");
    new Worker(url, { type: "module", deno: { permissions } } as WorkerOptions).terminate();
    return "done";
  } catch (error) {
    return (error as Error).name;
  }
})();
const before = await system.walls();

// One death, then both at once, twice: more often than there were workers at the start.
const deaths: string[] = [];
for (const times of [1, 2, 2]) {
  const dying = Array.from({ length: times }, () => codeOf(system.readHeader(`${bed}/in/die`, 1)));
  deaths.push(...await Promise.all(dying));
  await system.readHeader(`${bed}/in/file`, 1);
}
const [hashed] = await system.hashFiles(`${bed}/seen`, ["file"]);
const made = await system.perform(
  `${bed}/in`,
  [{ kind: "link", path: "made", target: "file", metadata: {} }],
  {
    tag: "confined",
    ...{ verify: true, followLinks: false, keepTimes: true, sparse: false, inplace: false },
    ...{ fsync: false, keepPartial: false },
  },
);
const refused = await codeOf(system.readHeader(`${bed}/out/file`, 1));
await state.write("renewed", new TextEncoder().encode("certificate"));

console.log(JSON.stringify({
  findings,
  startsWorker,
  before,
  after: await system.walls(),
  deaths,
  hashed: hashed.hash?.length,
  made: made.map(({ error }) => error?.code ?? "done"),
  refused,
  state: await state.list(),
  stateWalls: state.walls,
}));
