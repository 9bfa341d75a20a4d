/**
 * Scripts for what Deno's own calls can't do to files: names that aren't UTF-8, fifos, devices,
 * nanoseconds, attributes. One `bash` runs a whole script, so a tree costs one process, not one
 * for each file.
 */
import { encodeName } from "#core/names.ts";

/**
 * A name or path as one word of a bash script. Bytes outside plain ASCII are written as octal
 * escapes, so any name survives; names are as in `core/names.ts`.
 */
export function word(name: string): string {
  let text = "$'";
  for (const byte of encodeName(name)) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `${text}'`;
}

/** A path below the script's folder as a word that no program takes for an option. */
export function pathWord(path: string): string {
  return word(`./${path}`);
}

/** Runs the lines in `directory`; the first failing one throws with what it said. */
export function runScript(directory: string, lines: readonly string[]): Uint8Array {
  const file = Deno.makeTempFileSync({ suffix: ".sh" });
  try {
    Deno.writeTextFileSync(file, ["set -eu", "umask 022", ...lines, ""].join("\n"));
    const { success, stdout, stderr } = new Deno.Command("bash", {
      args: [file],
      cwd: directory,
      env: { LC_ALL: "C" },
      stdin: "null",
    }).outputSync();
    if (!success) throw new Error(`run script: ${new TextDecoder().decode(stderr)}`);
    return stdout;
  } finally {
    Deno.removeSync(file);
  }
}
