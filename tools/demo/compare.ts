/** Comparing two trees byte by byte, without any of Orbit's code. */
import { Buffer } from "node:buffer";
import { DemoError } from "./trouble.ts";

const BLOCK = 1024 * 1024;

/** Returns how many files are in each; every entry has to have its like. @throws {DemoError} */
export function compareTrees(left: string, right: string): number {
  let files = 0;
  const names = namesIn(left), others = namesIn(right);
  const odd = names.find((name) => !others.includes(name)) ??
    others.find((name) => !names.includes(name));
  if (odd !== undefined) throw new DemoError(`only one of the trees has ${quote(odd, left)}`);
  for (const name of names) {
    const [a, b] = [`${left}/${name}`, `${right}/${name}`];
    const [one, other] = [Deno.lstatSync(a), Deno.lstatSync(b)];
    const isAlike = one.isDirectory === other.isDirectory && one.isSymlink === other.isSymlink &&
      one.mode === other.mode && (one.isSymlink || one.mtime!.getTime() === other.mtime!.getTime());
    if (!isAlike) throw new DemoError(`type, mode or time differ: ${quote(name, left)}`);
    if (one.isDirectory) files += compareTrees(a, b);
    else {
      const isSame = one.isSymlink
        ? Deno.readLinkSync(a) === Deno.readLinkSync(b)
        : one.size === other.size && isSameContent(a, b);
      if (!isSame) throw new DemoError(`content differs: ${quote(name, left)}`);
      if (one.isFile) files++;
    }
  }
  return files;
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

function quote(name: string, folder: string): string {
  return JSON.stringify(`${folder}/${name}`);
}

function isSameContent(left: string, right: string): boolean {
  using one = Deno.openSync(left);
  using other = Deno.openSync(right);
  const [a, b] = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
  for (;;) {
    const [count, others] = [readBlock(one, a), readBlock(other, b)];
    if (count !== others) return false;
    if (count === 0) return true;
    if (!a.subarray(0, count).equals(b.subarray(0, count))) return false;
  }
}

/** Fills the block as far as there is content. */
function readBlock(file: Deno.FsFile, block: Uint8Array): number {
  let filled = 0;
  while (filled < block.length) {
    const count = file.readSync(block.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}
