/** File names, most of them unkind. Names are as in `core/names.ts`: lone surrogates are bytes. */
import { decodeName, encodeName } from "#core/names.ts";
import type { Random } from "./random.ts";

const invalid = decodeName(Uint8Array.of(0x78, 0xff, 0xfe, 0x80));
const overlong = decodeName(Uint8Array.of(0xc0, 0xaf, 0x2e));

/** Names that have broken one program or another. */
export const ODD_NAMES: readonly string[] = [
  "new\nline",
  "\n",
  "escape\x1b[31mred",
  "tab\tand\rreturn",
  "bell\x07 delete\x7f",
  invalid,
  overlong,
  "n".repeat(255),
  "é".repeat(127) + "x",
  "-rf",
  "--delete",
  " leading space",
  "trailing space ",
  " ",
  "caf\u00e9",
  "cafe\u0301",
  "日本語",
  "👩‍🚀",
  "\u202eright-to-left",
  "back\\slash",
  "\\#012",
  "quote'\"`",
  "$HOME",
  "*",
  "[a]?",
  "a:b",
  "~",
  "...",
  ".hidden",
  "UPPER",
  "upper",
  "#comment",
  "%s%n",
];

/** A name that `taken` doesn't hold yet, and adds it there. */
export function freshName(random: Random, taken: Set<string>): string {
  for (;;) {
    const name = random.chance(0.4) ? random.pick(ODD_NAMES) : plainName(random);
    if (encodeName(name).length > 255 || taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

function plainName(random: Random): string {
  const letters = Array.from({ length: random.integer(1, 9) }, () => random.integer(97, 122));
  return String.fromCharCode(...letters) + random.pick(["", "", ".txt", ".bin", ".d"]);
}
