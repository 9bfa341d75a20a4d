/** Command lines to be read by people and pasted into a shell. */
import { escapeName } from "#core/names.ts";

/** A word as a POSIX shell reads it back; as it is where that needs no quotes. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
  // No quotes keep a control character from upsetting a terminal: such a word is shown, not quoted.
  const shown = escapeName(word);
  return shown === word ? `'${word.replaceAll("'", "'\\''")}'` : `"${shown}"`;
}

/** A command line of words; those that are undefined are left out. */
export function shellLine(...words: (string | undefined)[]): string {
  return words.filter((word) => word !== undefined).map(shellWord).join(" ");
}

/** `--name=value`, or undefined when there is no value. */
export function optionOf(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `--${name}=${value}`;
}
