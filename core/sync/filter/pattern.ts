/**
 * What part of a path a pattern is compared with, after rsync(1), "PATTERN MATCHING RULES".
 *
 * | pattern | compared with |
 * |---|---|
 * | `name`, `*.o` | the final component |
 * | `a/b`, `a/*.o` | as many final components as the pattern has |
 * | `/a/b`, `/a/**` | the whole path |
 * | `a**b`, `a/**` | every end of the path that starts at a component |
 * | `**b` | the whole path, as if it began with a slash |
 *
 * A final `***` also takes a directory without anything after it; a final `/` takes directories
 * only. A backslash escapes only in patterns with a wildcard, that is any of `*`, `?` and `[`,
 * escaped ones included.
 */
import { toByteText } from "./byte_text.ts";
import { compileGlob, type Glob, matchGlob } from "./glob.ts";

/** A pattern ready to be compared. */
export type Pattern = LiteralPattern | WildPattern;

/** A pattern without wildcards. */
export interface LiteralPattern {
  readonly kind: "literal";
  readonly directoryOnly: boolean;
  /** Byte text, without the leading slash of an anchored pattern. */
  readonly text: string;
  readonly anchored: boolean;
  /** How many components the text has. */
  readonly depth: number;
}

/** A pattern with wildcards. */
export interface WildPattern {
  readonly kind: "wild";
  readonly directoryOnly: boolean;
  /** Absent when the pattern is malformed and matches nothing. */
  readonly glob: Glob | undefined;
  readonly part: "tail" | "path" | "rooted";
  /** For a tail: how many components. */
  readonly depth: number;
  /** A directory is compared with a slash after its name. */
  readonly closesDirectory: boolean;
}

/** An entry as the patterns see it; the derived forms are made once an entry, when asked for. */
export class Subject {
  /** Byte text. */
  readonly path: string;
  readonly isDirectory: boolean;
  #name: string | undefined;
  #rooted: string | undefined;
  #tail: string | undefined;
  #tailDepth = 0;

  constructor(path: string, isDirectory: boolean) {
    this.path = toByteText(path);
    this.isDirectory = isDirectory;
  }

  get name(): string {
    return this.#name ??= this.path.slice(this.path.lastIndexOf("/") + 1);
  }

  get rooted(): string {
    return this.#rooted ??= `/${this.path}`;
  }

  /** The final `depth` components, or `undefined` when there are fewer. */
  tail(depth: number): string | undefined {
    if (depth === 1) return this.name;
    if (depth !== this.#tailDepth) {
      this.#tailDepth = depth;
      this.#tail = lastComponents(this.path, depth);
    }
    return this.#tail;
  }
}

function lastComponents(path: string, depth: number): string | undefined {
  let start = path.length;
  for (let left = depth; left > 0; left--) {
    if (start <= 0) return undefined;
    start = path.lastIndexOf("/", start - 1);
  }
  return path.slice(start + 1);
}

/** Works out what a rule's pattern means. */
export function parsePattern(source: string): Pattern {
  let text = toByteText(source);
  const directoryOnly = text.length > 1 && text.endsWith("/");
  if (directoryOnly) text = text.slice(0, -1);
  const depth = text.split("/").length;
  const anchored = text.startsWith("/");
  const body = anchored ? text.slice(1) : text;
  if (!/[*?[]/.test(text)) return { kind: "literal", directoryOnly, text: body, anchored, depth };
  const crossesSlashes = text.includes("**");
  const rooted = crossesSlashes && !anchored;
  return {
    kind: "wild",
    directoryOnly,
    glob: compileGlob(rooted && !text.startsWith("**") ? `**/${body}` : body),
    part: anchored ? "path" : rooted ? "rooted" : "tail",
    depth,
    closesDirectory: text.endsWith("***"),
  };
}

/** Whether a pattern with wildcards matches an entry. */
export function matchesWild(pattern: WildPattern, subject: Subject): boolean {
  if (pattern.glob === undefined || (pattern.directoryOnly && !subject.isDirectory)) return false;
  const text = pattern.part === "tail"
    ? subject.tail(pattern.depth)
    : pattern.part === "path"
    ? subject.path
    : subject.rooted;
  if (text === undefined) return false;
  const closed = pattern.closesDirectory && subject.isDirectory;
  return matchGlob(pattern.glob, closed ? `${text}/` : text);
}
