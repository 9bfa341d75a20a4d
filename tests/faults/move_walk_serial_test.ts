/** `kill -9` at every change of the disk while a move goes on: every file is whole somewhere. */
import assert from "node:assert/strict";
import { Bed, type Found, lookAt } from "./bed.ts";

const OPTIONS = ["-H", "--remove-source-files", "--delete-empty-src-dirs", "--jobs=1"];

/** Among what is to be moved, what is there already, what looks as if it was, and what is large. */
const TREE = [
  "mkdir -p src/a/b src/empty dst/a; echo one > src/a/one; echo two > src/a/b/two",
  "ln src/a/one src/a/b/twin; ln -s a/one src/link; mkfifo src/fifo; : > src/nothing",
  "echo same > src/same; cp -p src/same dst/same; chmod 600 dst/same",
  "echo newer > src/a/changed; echo the older one > dst/a/changed",
  "truncate -s 40M src/large; echo end >> src/large",
];

const isEntry = ({ type }: Found) => type !== "d";

/** Every file, link and special is as it was, at one end at least. */
function checkUnion(bed: Bed, wanted: ReadonlyMap<string, Found>): void {
  const ends = [lookAt(bed.src), lookAt(bed.dst)];
  for (const [path, entry] of [...wanted].filter(([, entry]) => isEntry(entry))) {
    const isThere = ends.some((end) =>
      end.get(path)?.type === entry.type && end.get(path)?.content === entry.content
    );
    assert.ok(isThere, `${path} is lost`);
  }
}

/** What a move keeps of every entry; times of folders go with what was in them. */
function kept(entries: ReadonlyMap<string, Found>): unknown {
  return new Map([...entries].map(([path, { type, mode, content, first, mtime }]) => [
    path,
    type === "d" ? { type, mode } : { type, mode, content, first, mtime },
  ]));
}

/** Kills one move, looks, and has the next one finish. False when it ended by itself. */
async function killOnce(bed: Bed, moment: number): Promise<boolean> {
  const wanted = lookAt(bed.src);
  const rules = [{ on: "change" as const, at: moment, then: { kill: true as const } }];
  const { signal, code, stderr } = await bed.sync(OPTIONS, { badDay: { rules } });
  checkUnion(bed, wanted);
  if (signal === null) assert.equal(code, 0, stderr);
  else assert.equal(signal, "SIGKILL");
  const result = await bed.sync(OPTIONS);
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(kept(lookAt(bed.dst)), kept(wanted));
  assert.deepEqual([...lookAt(bed.src).keys()], ["."]);
  return signal !== null;
}

Deno.test("a move killed before any change of the disk loses nothing, and is finished by the next", async () => {
  let next = 1, moments = 0, isOver = false;
  const lane = async () => {
    while (!isOver) {
      const moment = next++;
      using bed = new Bed();
      bed.run(...TREE);
      try {
        if (await killOnce(bed, moment)) moments = Math.max(moments, moment);
        else isOver = true;
      } catch (cause) {
        isOver = true;
        throw new Error(`killed at moment ${moment}`, { cause });
      }
    }
  };
  await Promise.all([lane(), lane()]);
  assert.ok(moments > 30, `${moments} moments`);
});
