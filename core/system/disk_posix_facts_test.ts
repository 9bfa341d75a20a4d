import assert from "node:assert/strict";
import { StatWord } from "#core/posix/mod.ts";
import { copyToRow, isLikeRow } from "./disk_posix_facts.ts";
import { Column, FileType, ROW_WORDS } from "./scan_batch.ts";

const ALL = { permissions: true, owner: true, group: true };

/** What `struct statx` may be of a file, with some words replaced. */
function statOf(words: Readonly<Record<number, number>> = {}): Uint32Array {
  const stat = new Uint32Array(64).map((_, index) => index * 7);
  stat[StatWord.mode] = FileType.file | 0o644;
  for (const [word, value] of Object.entries(words)) stat[Number(word)] = value;
  return stat;
}

Deno.test("isLikeRow compares what a sync compares, and nothing else", () => {
  const rows = new Uint32Array(2 * ROW_WORDS);
  copyToRow(statOf(), rows, ROW_WORDS);
  const compared = new Set<number>([
    ...[StatWord.mode, StatWord.uid, StatWord.gid, StatWord.size, StatWord.size + 1],
    ...[StatWord.mtime, StatWord.mtime + 1, StatWord.mtimeNs],
  ]);
  assert(isLikeRow(statOf(), rows, ROW_WORDS, ALL));
  for (let word = 0; word < 64; word++) {
    if (word === StatWord.mode) continue;
    const other = statOf({ [word]: 1_000_000 });
    assert.equal(isLikeRow(other, rows, ROW_WORDS, ALL), !compared.has(word), `word ${word}`);
  }
  assert.equal(rows[ROW_WORDS + Column.mtimeNs], statOf()[StatWord.mtimeNs]);
});

Deno.test("isLikeRow leaves out what its rule leaves out, but never the type", () => {
  const rows = new Uint32Array(ROW_WORDS);
  copyToRow(statOf(), rows, 0);
  const others = {
    permissions: { [StatWord.mode]: FileType.file | 0o600 },
    owner: { [StatWord.uid]: 1 },
    group: { [StatWord.gid]: 1 },
  };
  for (const [name, words] of Object.entries(others)) {
    assert.equal(isLikeRow(statOf(words), rows, 0, ALL), false, name);
    assert.equal(isLikeRow(statOf(words), rows, 0, { ...ALL, [name]: false }), true, name);
  }
  const link = statOf({ [StatWord.mode]: FileType.link | 0o644 });
  assert.equal(isLikeRow(link, rows, 0, { ...ALL, permissions: false }), false);
});
