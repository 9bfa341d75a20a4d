/** Trees whose files have changed their names, for the tests of renames. */
import assert from "node:assert/strict";
import type { Tree } from "#core/system/disk.ts";
import type { SyncOptions } from "./options.ts";
import { type TestBed, writeFile } from "./test_bed.ts";

/** Renames are found, and as much is deleted as has to be. */
export const options: Partial<SyncOptions> = {
  delete: true,
  findRenames: true,
  maxDelete: { percent: 100 },
};

/** Makes the directories above a file, and the file. */
export function put(tree: Tree, path: string, text: string, mtime?: number): void {
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    if (tree.facts(path.slice(0, at)) === null) tree.makeDirectory(path.slice(0, at), 0o755);
  }
  writeFile(tree, path, text, mtime);
}

/** Contents and times of all files beneath a base. */
async function contents({ system }: TestBed, base: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const batch of system.scanTree({ base, recursive: true })) {
    for (const { directory, from, to } of batch.data.parts) {
      for (let row = from; row < to; row++) {
        const { path, mode, mtime } = batch.entry(row, directory);
        const isFile = (mode & 0o170000) === 0o100000;
        const text = isFile && await new Response(system.openStream(`${base}/${path}`)).text();
        found[path] = `${mode.toString(8)} ${isFile ? `${mtime} ${text}` : ""}`;
      }
    }
  }
  return found;
}

/** The destination is what the source is. */
export async function expectSame(bed: TestBed): Promise<void> {
  assert.deepEqual(await contents(bed, "/destination"), await contents(bed, "/source"));
}
