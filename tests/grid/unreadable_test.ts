/** Ten thousand files, of which fifty can't be read: they are named, and all the others arrive. */
import assert from "node:assert/strict";
import { hasCommand } from "../../tools/peers.ts";
import { findStaged, lookAt } from "../faults/bed.ts";
import { TwoStars } from "./two_stars.ts";

const FOLDERS = 100, FILES = 100, EVERY = 200;

/** Root that may read no more than others may: what has no permissions is nobody's to read. */
const HUMBLE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

Deno.test({
  name: "of 10,000 files 50 can't be read: they are named, 9,950 arrive, and the status is 23",
  ignore: Deno.uid() !== 0 || !hasCommand("setpriv"),
  async fn() {
    await using grid = await TwoStars.start();
    const { from, to } = grid;
    await from.kill();
    from.through = HUMBLE;
    await from.start();
    const closed: string[] = [];
    for (let folder = 0, count = 0; folder < FOLDERS; folder++) {
      Deno.mkdirSync(from.path(`tree/${folder}`), { recursive: true });
      for (let file = 0; file < FILES; file++, count++) {
        const path = `${folder}/${file}`, isClosed = count % EVERY === 7;
        Deno.writeTextFileSync(from.path("tree", path), path.repeat(file), {
          mode: isClosed ? 0 : 0o644,
        });
        if (isClosed) closed.push(path);
      }
    }
    assert.equal(closed.length, 50);
    const places = [`from:${from.path("tree")}/`, `to:${to.path("tree")}/`];
    const { code, stderr } = await grid.orbit("sync", ...places);
    assert.equal(code, 23, stderr);
    const told = stderr.matchAll(/^orbit: .*"(.*)": permission denied$/gm);
    assert.deepEqual([...told].map(([, path]) => path).sort(), closed.toSorted(), stderr);
    assert.match(stderr, /^orbit: 50 items failed; the others were done$/m);
    const { jobs: [{ id }] } = await grid.json("/jobs?limit=1");
    const { items } = await grid.json(`/jobs/${id}/items?state=failed&limit=1000`);
    const failed = items.map(({ key, error }: { key: string; error: { message: string } }) => {
      assert.match(error.message, new RegExp(`"${key}": permission denied$`));
      return key;
    });
    assert.deepEqual(failed.sort(), closed.sort());
    const expected = lookAt(from.path("tree"));
    for (const path of closed) expected.delete(`./${path}`);
    const arrived = lookAt(to.path("tree"));
    assert.equal([...arrived.values()].filter(({ type }) => type === "f").length, 9950);
    assert.deepEqual(arrived, expected);
    assert.deepEqual(findStaged(to.files), []);
  },
});
