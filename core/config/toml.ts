/** TOML text to values that know where they are written. */
import type { AST } from "toml-eslint-parser";
import { type Parsed, parseWithDuplicates } from "./duplicates.ts";
import { createTable, isTable, type Place, type TomlTable, type TomlValue } from "./place.ts";
import { type Problem, quote } from "./problem.ts";
import { TextPositions } from "./positions.ts";

/** Deeper values are refused; no schema goes half as deep. */
const MAX_DEPTH = 16;

/** A text as read. */
export interface TomlDocument {
  /** Absent when the text is no TOML. */
  content?: { value: TomlTable; place: Place };
  problems: Problem[];
  positions: TextPositions;
}

/** Reads a TOML 1.0 text; whatever is wrong with it is in `problems`. */
export function readToml(text: string): TomlDocument {
  const positions = new TextPositions(text);
  const parsed = parseWithDuplicates(text);
  if (parsed.root !== undefined) {
    const reader = new TreeReader(parsed, text.length, positions);
    const content = reader.read(parsed.root);
    return { content, problems: reader.problems, positions };
  }
  const problems = [...parsed.duplicates.values()].map(({ at, written }) => ({
    at,
    message: `duplicate key ${quote(written.replace(/^["']|["']$/g, ""))}`,
  }));
  if (parsed.trouble) problems.push(syntaxProblem(text, parsed.trouble));
  return { problems, positions };
}

/** The parser's words, where they would leave a reader guessing, in clearer ones. */
const PLAINER: Record<string, string> = {
  "Unspecified values are invalid": "a value is missing",
  "Expected equal (=) token": 'expected "=" after the key',
  "The key, equals sign, and value must be on the same line": 'expected "=" and a value',
  "Must be a newline": "expected the end of the line",
};

function syntaxProblem(text: string, { at, message }: { at: number; message: string }): Problem {
  // A value is missing on the line of its key, not where the parser looks for it: the next line.
  const before = text.slice(0, at).trimEnd();
  const keyOnly = /=[ \t]*(#[^\n]*)?$/.exec(before);
  if (keyOnly !== null && (at >= text.length || text.slice(before.length, at + 1).includes("\n"))) {
    return { at: keyOnly.index + 1, message: "not valid TOML: a value is missing" };
  }
  const words = PLAINER[message] ?? message[0].toLowerCase() + message.slice(1);
  const cutShort = UNFINISHED.includes(message) && text.slice(before.length, at).includes("\n");
  return { at: cutShort ? before.length : at, message: `not valid TOML: ${words}` };
}

/** Said of a line at the start of the next one. */
const UNFINISHED = [
  "Unterminated table-key",
  "The key, equals sign, and value must be on the same line",
];

class TreeReader {
  readonly problems: Problem[] = [];
  readonly #parsed: Parsed;
  readonly #end: number;
  readonly #positions: TextPositions;

  constructor(parsed: Parsed, end: number, positions: TextPositions) {
    this.#parsed = parsed;
    this.#end = end;
    this.#positions = positions;
  }

  read(root: AST.TOMLTopLevelTable): { value: TomlTable; place: Place } {
    // What the top level lacks is lacking at the file's end.
    const place: Place = { at: this.#end, valueAt: this.#end, children: new Map() };
    const value = createTable();
    for (const node of root.body) {
      if (node.type === "TOMLKeyValue") this.#assign(node, value, place, 1);
      else this.#readTable(node, value, place);
    }
    return { value, place };
  }

  #readTable(node: AST.TOMLTable, root: TomlTable, rootPlace: Place): void {
    const at = this.#parsed.toOriginal(node.range[0]);
    if (this.#tooDeep(node.resolvedKey.length, at)) return;
    let value: TomlTable | TomlValue[] = root, place = rootPlace;
    for (const [index, key] of node.resolvedKey.entries()) {
      if (this.#isDuplicate(key, place)) return;
      const isArray = typeof node.resolvedKey[index + 1] === "number";
      const next = child(value, key) ?? (isArray ? [] : createTable());
      setChild(value, key, next);
      const nextPlace = place.children.get(key) ?? { at, valueAt: at, children: new Map() };
      place.children.set(key, nextPlace);
      value = next as TomlTable | TomlValue[];
      place = nextPlace;
    }
    // A table that a deeper header implied is written where its own header is.
    place.at = place.valueAt = at;
    for (const entry of node.body) {
      this.#assign(entry, value as TomlTable, place, node.resolvedKey.length + 1);
    }
  }

  #assign(node: AST.TOMLKeyValue, value: TomlTable, place: Place, depth: number): void {
    const { keys } = node.key;
    const keyAt = this.#parsed.toOriginal(keys[0].range[0]);
    if (this.#tooDeep(depth + keys.length, keyAt)) return;
    for (const [index, key] of keys.entries()) {
      const name = key.type === "TOMLBare" ? key.name : key.value;
      if (this.#isDuplicate(name, place)) return;
      const at = this.#parsed.toOriginal(key.range[0]);
      if (index === keys.length - 1) {
        const written = { at, valueAt: 0, children: new Map() };
        place.children.set(name, written);
        value[name] = this.#content(node.value, written, depth + keys.length);
        return;
      }
      const next = isTable(value[name]) ? value[name] : value[name] = createTable();
      const nextPlace = place.children.get(name) ?? { at, valueAt: at, children: new Map() };
      place.children.set(name, nextPlace);
      value = next;
      place = nextPlace;
    }
  }

  #content(node: AST.TOMLContentNode, place: Place, depth: number): TomlValue {
    place.valueAt = this.#parsed.toOriginal(node.range[0]);
    if (node.type === "TOMLValue") return node.kind === "integer" ? node.bigint : node.value;
    if (this.#tooDeep(depth, place.valueAt)) return [];
    if (node.type === "TOMLArray") {
      return node.elements.map((element, index) => {
        const at = this.#parsed.toOriginal(element.range[0]);
        const written = { at, valueAt: at, children: new Map() };
        place.children.set(index, written);
        return this.#content(element, written, depth + 1);
      });
    }
    const value = createTable();
    for (const entry of node.body) this.#assign(entry, value, place, depth + 1);
    return value;
  }

  #tooDeep(depth: number, at: number): boolean {
    if (depth <= MAX_DEPTH) return false;
    this.problems.push({ at, message: "nested too deeply" });
    return true;
  }

  /** Notes a duplicate beside what it repeats; its value is left out. */
  #isDuplicate(key: string | number, parent: Place): boolean {
    const duplicate = this.#parsed.duplicates.get(String(key));
    if (duplicate === undefined) return false;
    const name = duplicate.written.replace(/^["']|["']$/g, "");
    const first = parent.children.get(name);
    const where = first && `; line ${this.#positions.of(first.at).line} has it already`;
    const message = `duplicate key ${quote(name)}${where ?? ""}`;
    if (!this.problems.some(({ at }) => at === duplicate.at)) {
      this.problems.push({ at: duplicate.at, message });
    }
    return true;
  }
}

function child(value: TomlTable | TomlValue[], key: string | number): TomlValue | undefined {
  return Array.isArray(value) ? value[Number(key)] : value[key];
}

function setChild(value: TomlTable | TomlValue[], key: string | number, next: TomlValue): void {
  if (Array.isArray(value)) value[Number(key)] = next;
  else value[key] = next;
}
