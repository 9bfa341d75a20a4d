/** Entries of a scan as lines: how each part of a line is written. */
import { encodeName, escapeName, isText } from "#core/names.ts";
import { FileType, kindName, type ScanTrouble } from "#core/system/scan_batch.ts";
import { nameFields } from "#core/program/output/name_fields.ts";

/** The schema of `orbit scan --json`. */
export const SCAN_SCHEMA = "orbit.scan/1";

const LETTERS: Record<number, string> = {
  [FileType.file]: "-",
  [FileType.directory]: "d",
  [FileType.link]: "l",
  [FileType.fifo]: "p",
  [FileType.socket]: "s",
  [FileType.block]: "b",
  [FileType.character]: "c",
};

/**
 * How a line is put together, from its first byte to its last: `head`, the number of the line (if
 * lines are `numbered`), `pathHead`, the path, `pathTail`, mode, size, time, owner, and `tail`.
 * JSON and text have these parts in different orders; see `RowWriter`.
 */
export interface LineFormat {
  /** Whether the path comes first (JSON) or last (text). */
  readonly pathFirst: boolean;
  /** Before the path of a plain name: all its bytes stand as they are. */
  readonly beforePath: string;
  readonly afterPath: string;
  /** A path that needs care, with what stands before and after it. */
  path(path: string): string;
  /** Of the mode, up to the size. */
  mode(mode: number): string;
  readonly beforeTime: string;
  readonly afterTime: string;
  owner(uid: number, gid: number): string;
  /** A symbolic link's target. */
  target(target: string): string;
  readonly tail: string;
}

/** `-rw-r--r-- 1234 1700000000.000000000 path`. */
export const textFormat: LineFormat = {
  pathFirst: false,
  beforePath: " ",
  afterPath: "",
  path: (path) => ` ${escapeName(path)}`,
  mode: (mode) => `${formatMode(mode)} `,
  beforeTime: " ",
  afterTime: "",
  owner: () => "",
  target: (target) => ` -> ${escapeName(target)}`,
  tail: "",
};

/**
 * One JSON object a line. `mtime` is seconds since 1970 with nine decimals, as a string, because a
 * number would round it; a time before 1970 is the decimal number it is.
 */
export const jsonFormat: LineFormat = {
  pathFirst: true,
  beforePath: `,"path":"`,
  afterPath: `"`,
  path: (path) => nameJson("path", path),
  mode: (mode) => `,"kind":"${kindName(mode)}","mode":${mode & 0o7777},"size":`,
  beforeTime: `,"mtime":"`,
  afterTime: `"`,
  owner: (uid, gid) => `,"uid":${uid},"gid":${gid}`,
  target: (target) => nameJson("target", target),
  tail: "}",
};

/** What a JSON line of the type starts with, up to its number. */
export function jsonHead(type: string): string {
  return `{"schema":"${SCAN_SCHEMA}","type":"${type}","seq":`;
}

/** The JSON line about something that could not be looked at. */
export function troubleJson({ path, error }: ScanTrouble, seq: number): string {
  const fields = JSON.stringify({ ...nameFields("path", path), error });
  return `${jsonHead("trouble")}${seq},${fields.slice(1)}`;
}

function nameJson(field: string, name: string): string {
  const plain = `,"${field}":${JSON.stringify(name)}`;
  return isText(name) ? plain : `${plain},"${field}Bytes":"${encodeName(name).toBase64()}"`;
}

/** `-rwxr-sr-t`, as `ls -l` shows a mode. */
export function formatMode(mode: number): string {
  const bits = (shift: number, special: boolean, letter: string) => {
    const three = mode >> shift;
    const execute = (three & 1) !== 0
      ? special ? letter : "x"
      : special
      ? letter.toUpperCase()
      : "-";
    return `${three & 4 ? "r" : "-"}${three & 2 ? "w" : "-"}${execute}`;
  };
  return (LETTERS[mode & FileType.mask] ?? "?") + bits(6, (mode & 0o4000) !== 0, "s") +
    bits(3, (mode & 0o2000) !== 0, "s") + bits(0, (mode & 0o1000) !== 0, "t");
}
