/** Archives in the POSIX ustar format, with nothing in them that differs from run to run. */

/** A file to be unpacked. */
export interface PackedFile {
  /** With "/", at most 100 characters of ASCII. */
  path: string;
  /** Permission bits. */
  mode: number;
  bytes: Uint8Array;
}

/** When every packed file was last changed, in seconds since 1970: the year 2000. */
export const PACKED_TIME_S = 946_684_800;

const BLOCK = 512;

/** An archive of files in the order of their paths; folders come with their files. */
export function createTar(files: readonly PackedFile[]): Uint8Array<ArrayBuffer> {
  const sorted = files.toSorted((a, b) => a.path < b.path ? -1 : 1);
  const length = sorted.reduce((sum, { bytes }) => sum + BLOCK + roundUp(bytes.length), 0);
  const archive = new Uint8Array(length + 2 * BLOCK); // ends with two empty blocks
  let at = 0;
  for (const file of sorted) {
    archive.set(header(file), at);
    archive.set(file.bytes, at + BLOCK);
    at += BLOCK + roundUp(file.bytes.length);
  }
  return archive;
}

function roundUp(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

function header({ path, mode, bytes }: PackedFile): Uint8Array {
  if (!/^[!-~]{1,100}$/.test(path)) throw new Error(`pack "${path}": no name for an archive`);
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => block.set(new TextEncoder().encode(text), at);
  put(path, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(bytes.length, 11), 124);
  put(octal(PACKED_TIME_S, 11), 136);
  put("        ", 148); // the checksum counts itself as spaces
  put("0", 156);
  put("ustar\0" + "00", 257);
  put(octal(block.reduce((sum, byte) => sum + byte, 0), 6) + "\0 ", 148);
  return block;
}

function octal(value: number, digits: number): string {
  const text = value.toString(8).padStart(digits, "0");
  if (text.length > digits) throw new Error(`pack ${value} bytes: too large for an archive`);
  return text;
}
