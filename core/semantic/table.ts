/** Rules, arranged so that a name costs a few map look-ups however many rules there are. */
import { OrbitError } from "#core/errors.ts";
import {
  comparePriorities,
  MAX_HEADER_BYTES,
  PRIORITIES,
  type Priority,
  type SemanticRule,
} from "./rule.ts";

/** What is known of a file. */
export interface Verdict {
  readonly priority: Priority;
  /** What the file is taken for. */
  readonly reason: string;
  /** The name said too little: with the header's bytes the verdict might be another one. */
  readonly needsHeader: boolean;
}

const UNKNOWN: Verdict = Object.freeze({
  priority: "normal",
  reason: "unknown kind of file",
  needsHeader: true,
});

/** An immutable set of rules, ready to be asked. */
export class SemanticTable {
  /** The rules, in the order they were given. */
  readonly rules: readonly SemanticRule[];
  /** How much of a file's beginning {@linkcode classify} can make use of. */
  readonly headerBytes: number;
  readonly #names = new Map<string, Verdict>();
  readonly #extensions = new Map<string, Verdict>();
  readonly #directories = new Map<string, Verdict>();
  #lastDirectory = "";
  #lastVerdict: Verdict | undefined;
  readonly #magics: { offset: number; bytes: Uint8Array; verdict: Verdict }[] = [];

  /**
   * @param rules Where two name the same thing, the later one wins; a header is of the last rule
   *   that it matches.
   * @throws `invalid` for a rule that could never match or means something else than it says.
   */
  constructor(rules: readonly SemanticRule[]) {
    this.rules = Object.freeze([...rules]);
    for (const rule of rules) this.#add(rule);
    this.#magics.reverse();
    this.headerBytes = this.#magics.reduce(
      (most, { offset, bytes }) => Math.max(most, offset + bytes.length),
      0,
    );
  }

  /**
   * What a file is, by its name or path and, if given, the first bytes of its content.
   *
   * A header decides when the name says little; otherwise the more urgent of the two holds.
   *
   * @param path Parts separated by "/"; the last is the file's name.
   * @param header From the file's very beginning, {@linkcode headerBytes} of them or what there is.
   */
  classify(path: string, header?: Uint8Array): Verdict {
    const named = this.#byPath(path);
    if (header === undefined) return named;
    const found = this.#byHeader(header);
    if (found === undefined) return named.needsHeader ? { ...named, needsHeader: false } : named;
    if (named.needsHeader) return found;
    return comparePriorities(found.priority, named.priority) < 0 ? found : named;
  }

  #byPath(path: string): Verdict {
    const slash = path.lastIndexOf("/");
    const named = this.#byName(slash === -1 ? path : path.slice(slash + 1));
    if (slash === -1 || named.priority === "critical") return named;
    return this.#byDirectory(path, slash) ?? named;
  }

  #byName(name: string): Verdict {
    const lower = name.toLowerCase();
    return this.#names.get(lower) ?? this.#byExtension(lower) ?? UNKNOWN;
  }

  #byExtension(name: string): Verdict | undefined {
    if (name.endsWith("~")) return this.#extensions.get("~");
    const dot = name.lastIndexOf(".");
    if (dot < 1) return undefined;
    const verdict = this.#extensions.get(name.slice(dot + 1));
    if (verdict !== undefined || !isNumber(name, dot + 1)) return verdict;
    const before = name.lastIndexOf(".", dot - 1); // a rotated log, a library's version
    return before < 1 ? undefined : this.#extensions.get(name.slice(before + 1, dot));
  }

  /** Files come directory by directory, so the last answer is mostly the next one, too. */
  #byDirectory(path: string, end: number): Verdict | undefined {
    if (this.#lastDirectory.length !== end || !path.startsWith(this.#lastDirectory)) {
      this.#lastDirectory = path.slice(0, end);
      const parts = this.#lastDirectory.toLowerCase().split("/");
      const known = parts.find((part) => this.#directories.has(part));
      this.#lastVerdict = known === undefined ? undefined : this.#directories.get(known);
    }
    return this.#lastVerdict;
  }

  #byHeader(header: Uint8Array): Verdict | undefined {
    return this.#magics.find(({ offset, bytes }) => hasAt(header, offset, bytes))?.verdict;
  }

  #add(rule: SemanticRule): void {
    checkRule(rule);
    const { priority, reason, headerMatters = false } = rule;
    const settled = Object.freeze({ priority, reason, needsHeader: false });
    const named = headerMatters ? Object.freeze({ ...settled, needsHeader: true }) : settled;
    for (const name of rule.names ?? []) this.#names.set(name.toLowerCase(), named);
    for (const text of rule.extensions ?? []) this.#extensions.set(text.toLowerCase(), named);
    for (const name of rule.directories ?? []) this.#directories.set(name.toLowerCase(), settled);
    for (const { offset, bytes } of [...rule.magic ?? []].reverse()) {
      this.#magics.push({ offset, bytes: toBytes(bytes), verdict: settled });
    }
  }
}

function isNumber(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return from < text.length;
}

function hasAt(header: Uint8Array, offset: number, bytes: Uint8Array): boolean {
  if (offset + bytes.length > header.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    if (header[offset + i] !== bytes[i]) return false;
  }
  return true;
}

function toBytes(bytes: string | Uint8Array): Uint8Array {
  if (typeof bytes !== "string") return bytes.slice();
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
}

function checkRule(rule: SemanticRule): void {
  const fault = ruleFault(rule);
  if (fault !== undefined) {
    throw new OrbitError("invalid", `add semantic rule ${JSON.stringify(rule.reason)}: ${fault}`);
  }
}

function ruleFault(rule: SemanticRule): string | undefined {
  const { priority, names = [], extensions = [], directories = [], magic = [] } = rule;
  if (!PRIORITIES.includes(priority)) return `no priority "${priority}"`;
  const name = [...names, ...directories].find((text) => !/^[^/\0]+$/.test(text));
  if (name !== undefined) return `${JSON.stringify(name)} is not a file name`;
  const extension = extensions.find((text) => !/^(?:~|[^/\0.]*[^/\0.~])$/.test(text));
  if (extension !== undefined) return `${JSON.stringify(extension)} is not an extension`;
  for (const { offset, bytes } of magic) {
    const isPlaced = Number.isInteger(offset) && offset >= 0;
    if (!isPlaced || bytes.length === 0 || offset + bytes.length > MAX_HEADER_BYTES) {
      return `magic at ${offset} is empty or beyond the first ${MAX_HEADER_BYTES} bytes`;
    }
    // deno-lint-ignore no-control-regex
    if (typeof bytes === "string" && !/^[\x00-\xff]+$/.test(bytes)) {
      return `magic at ${offset} has characters that are no bytes`;
    }
  }
  return undefined;
}
