/** Options that say which Nucleus, before the command that they are for. */
import { usage } from "#core/program/arguments/parse.ts";
import { connectionOptions } from "./connection.ts";

const SPELLINGS = connectionOptions(() => ({})).map(({ name }) => `--${name}`);

/** Puts the options at the front of a line behind its command. @throws {OrbitError} `invalid`. */
export function moveLeadingOptions(args: readonly string[]): string[] {
  let at = 0;
  while (at < args.length && args[at].startsWith("-")) {
    const [spelling] = args[at].split("=", 1);
    if (!SPELLINGS.includes(spelling)) {
      throw usage(`${spelling}: no option stands before a command, but those for --nucleus`);
    }
    at += args[at].includes("=") ? 1 : 2;
  }
  if (at >= args.length) throw usage("which command? as in orbit --nucleus=URL stars");
  return [args[at], ...args.slice(0, at), ...args.slice(at + 1)];
}
