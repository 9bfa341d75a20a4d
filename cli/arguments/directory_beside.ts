/** Parses the value of `--partial-dir`. */
import { parseText, refuseValue } from "#core/program/arguments/values.ts";

/** A directory beside each file; undefined where that is the file's own (`.`). */
export function parseDirectoryBeside(option: string, value: string): string | undefined {
  const names = parseText(option, value).split("/").filter((name) => name !== "" && name !== ".");
  if (value.startsWith("/") || names.includes("..")) {
    refuseValue(
      option,
      value,
      "below the directory of each file: it can't begin with / or hold ..",
    );
  }
  // Deleting spares one name in each directory.
  if (names.length > 1) refuseValue(option, value, "one name, such as .partial");
  return names[0];
}
