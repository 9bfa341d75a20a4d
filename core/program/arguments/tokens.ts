/**
 * Splits a command line into options and other arguments, as POSIX and GNU have them: bundled
 * letters, `-xVALUE`, `--name=value`, `--name value`, and `--` before what is no option. Node's
 * `parseArgs` does the same, but loading it takes longer than all else that starts a command.
 */

/** A piece of a command line. */
export type Token =
  | { kind: "positional"; value: string }
  | {
    kind: "option";
    /** As it was written, such as `--name` or `-x`. */
    rawName: string;
    value?: string;
    /** The value stands in the same argument. */
    inline: boolean;
  };

/** @param takesValue Whether the option of that raw name has a value. */
export function tokenize(
  args: readonly string[],
  takesValue: (rawName: string) => boolean,
): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  const option = (rawName: string, rest: string | undefined) => {
    if (rest !== undefined) tokens.push({ kind: "option", rawName, value: rest, inline: true });
    else if (takesValue(rawName) && index < args.length) {
      tokens.push({ kind: "option", rawName, value: args[index++], inline: false });
    } else tokens.push({ kind: "option", rawName, inline: false });
  };
  while (index < args.length) {
    const arg = args[index++];
    if (arg === "--") {
      for (const value of args.slice(index)) tokens.push({ kind: "positional", value });
      break;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=", 3); // a name has at least one character
      if (equals === -1) option(arg, undefined);
      else option(arg.slice(0, equals), arg.slice(equals + 1));
    } else if (arg.startsWith("-") && arg.length > 1) {
      splitLetters(arg, takesValue, option);
    } else tokens.push({ kind: "positional", value: arg });
  }
  return tokens;
}

/** Letters until one that takes a value: that one has what follows, or else the next argument. */
function splitLetters(
  arg: string,
  takesValue: (rawName: string) => boolean,
  option: (rawName: string, rest: string | undefined) => void,
): void {
  for (let at = 1; at < arg.length; at++) {
    const rawName = `-${arg[at]}`;
    if (!takesValue(rawName)) {
      option(rawName, undefined);
      continue;
    }
    option(rawName, at + 1 < arg.length ? arg.slice(at + 1) : undefined);
    return;
  }
}
