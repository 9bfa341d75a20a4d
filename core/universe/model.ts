/** A universe as simple as can be, and random changes for both: what the tests compare with. */
import assert from "node:assert/strict";
import { createChunkIndexHeader } from "#core/cdc/mod.ts";
import type { ChunkedFile, KnownFile, LookUpOptions, Universe } from "./mod.ts";

export const PARAMETERS = [{ min: 64, avg: 256, max: 1024 }, { min: 64, avg: 512, max: 1024 }];
export const STARS = ["nas-1", "nas-2", "laptop"];
const FOLDERS = ["/a", "/a/b", "/a/b\udcff", "/a.b", "/ä"];

/** Numbers below 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hashes = new Map<number, Uint8Array<ArrayBuffer>>();

/** Hash number `n`; the first six begin with one of three keys. */
export function hashOf(n: number): Uint8Array<ArrayBuffer> {
  const known = hashes.get(n);
  if (known !== undefined) return known;
  const hash = new Uint8Array(32);
  const random = randomFrom(n + 1);
  for (let i = 0; i < 32; i++) hash[i] = random() * 256;
  if (n < 6) hash.fill(n % 3 * 127, 0, 6);
  hashes.set(n, hash);
  return hash;
}

/** Many hashes in one array. */
export function hashesOf(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(numbers.length * 32);
  numbers.forEach((n, i) => all.set(hashOf(n), i * 32));
  return all;
}

/** A file of these chunks; equal numbers are equal chunks. */
export function fileOf(
  star: string,
  path: string,
  version: string,
  numbers: readonly number[],
  more: { content?: Uint8Array; parameters?: typeof PARAMETERS[0] } = {},
): ChunkedFile {
  const lengths = Uint32Array.from(numbers, lengthOf);
  const chunks = { offset: 0, lengths, hashes: hashesOf(numbers) };
  const header = createChunkIndexHeader(chunks, more.parameters ?? PARAMETERS[0]);
  return { star, path, version, header, chunks, ...(more.content && { content: more.content }) };
}

function lengthOf(n: number): number {
  return 64 + n % 900;
}

/** One change, as data. */
export type Change =
  | { kind: "put"; files: { star: string; path: string; version: string; numbers: number[] }[] }
  | { kind: "removeFile"; star: string; path: string; version?: string }
  | { kind: "removeTree" | "removeStar"; star: string; path: string }
  | { kind: "rename"; star: string; from: string; to: string; version?: string }
  | { kind: "maintain" };

export interface ChangeOptions {
  /** Different hashes. */
  hashes: number;
  /** Files of one put, at most. */
  files: number;
  /** Chunks of a file, at most. */
  chunks: number;
}

/** A random change. */
export function randomChange(random: () => number, step: number, options: ChangeOptions): Change {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const star = pick(STARS);
  const path = () => `${pick(FOLDERS)}/${Math.floor(random() * 6)}`;
  const kind = random();
  if (kind < 0.6) {
    const files = Array.from({ length: 1 + Math.floor(random() * options.files) }, (_, i) => ({
      star: pick(STARS),
      path: path(),
      version: `${step}.${i}`,
      numbers: Array.from(
        { length: Math.floor(random() ** 2 * (options.chunks + 1)) },
        () => Math.floor(random() * (random() < 0.1 ? 5 : options.hashes)),
      ),
    }));
    return { kind: "put", files };
  }
  if (kind < 0.72) {
    const version = random() < 0.2 ? "none" : undefined;
    return { kind: "removeFile", star, path: path(), version };
  }
  if (kind < 0.8) {
    return { kind: "removeTree", star, path: random() < 0.5 ? pick(FOLDERS) : path() };
  }
  if (kind < 0.82) return { kind: "removeStar", star, path: "/" };
  if (kind < 0.92) {
    const isFolder = random() < 0.3;
    const from = isFolder ? pick(FOLDERS) : path(), to = isFolder ? `/new${step % 3}` : path();
    if (from === to || `${to}/`.startsWith(`${from}/`) || `${from}/`.startsWith(`${to}/`)) {
      return { kind: "maintain" };
    }
    return {
      kind: "rename",
      star,
      from,
      to,
      version: random() < 0.5 ? `moved ${step}` : undefined,
    };
  }
  return { kind: "maintain" };
}

/** Makes a change in a universe. */
export function applyTo(universe: Universe, change: Change): void {
  switch (change.kind) {
    case "put":
      return universe.put(change.files.map(toFile));
    case "removeFile":
      return void universe.removeFile(change.star, change.path, change.version);
    case "removeTree":
      return void universe.removeTree(change.star, change.path);
    case "removeStar":
      return void universe.removeStar(change.star);
    case "rename":
      return void universe.rename(change.star, change.from, change.to, change.version);
    case "maintain":
      return void universe.maintain();
  }
}

function toFile({ star, path, version, numbers }: ModelFile): ChunkedFile {
  const parameters = PARAMETERS[numbers.length % 2];
  const content = numbers.length % 3 === 0 ? undefined : hashOf(1e6 + numbers.length);
  return fileOf(star, path, version, numbers, { content, parameters });
}

interface ModelFile {
  star: string;
  path: string;
  version: string;
  numbers: number[];
}

/** Files by Star and path, in the order in which they were put. */
export class Model {
  #files = new Map<string, ModelFile>();

  get files(): ModelFile[] {
    return [...this.#files.values()];
  }

  apply(change: Change): void {
    if (change.kind === "put") return change.files.forEach((file) => this.#put(file));
    if (change.kind === "rename") return this.#rename(change);
    if (change.kind === "maintain") return;
    for (const [key, { star, path, version }] of this.#files) {
      if (star !== change.star) continue;
      const goes = change.kind === "removeFile"
        ? path === change.path && (change.version === undefined || change.version === version)
        : change.kind === "removeStar" || path === change.path ||
          path.startsWith(`${change.path}/`);
      if (goes) this.#files.delete(key);
    }
  }

  #put(file: ModelFile): void {
    const key = JSON.stringify([file.star, file.path]);
    this.#files.delete(key);
    this.#files.set(key, file);
  }

  #rename({ star, from, to, version }: Change & { kind: "rename" }): void {
    const isAt = (file: ModelFile, path: string) =>
      file.star === star && (file.path === path || file.path.startsWith(`${path}/`));
    if (!this.files.some((file) => isAt(file, from))) return;
    const kept = this.files.filter((file) => !isAt(file, to)).map((file) => {
      if (!isAt(file, from)) return file;
      const path = to + file.path.slice(from.length);
      return { ...file, path, version: file.path === from && version ? version : file.version };
    });
    this.#files = new Map(kept.map((file) => [JSON.stringify([file.star, file.path]), file]));
  }

  /** The places of one chunk, by the rules of `lookUp`. */
  placesOf(number: number, { stars, places = 4, placesPerStar = 2, algorithm }: LookUpOptions) {
    const holders = this.files.reverse().flatMap((file) => {
      const at = file.numbers.indexOf(number);
      if (at < 0) return [];
      const known = toKnown(file);
      if (algorithm !== undefined && known.algorithm !== algorithm) return [];
      const offset = file.numbers.slice(0, at).reduce((sum, n) => sum + lengthOf(n), 0);
      const { content: _content, ...version } = known;
      return [{ file: version, offset, length: lengthOf(number) }];
    });
    const ranked = stars === undefined
      ? holders
      : stars.flatMap((star) => holders.filter(({ file }) => file.star === star));
    const ofStar = new Map<string, number>();
    return ranked.filter(({ file: { star } }) => {
      ofStar.set(star, (ofStar.get(star) ?? 0) + 1);
      return ofStar.get(star)! <= placesPerStar;
    }).slice(0, places);
  }
}

const knownFiles = new WeakMap<ModelFile, KnownFile>();

function toKnown(model: ModelFile): KnownFile {
  const known = knownFiles.get(model) ?? makeKnown(model);
  knownFiles.set(model, known);
  return known;
}

function makeKnown(file: ModelFile): KnownFile {
  const { star, path, version, header, content } = toFile(file);
  const { algorithm, fileSize: size } = header;
  return { star, path, version, size, algorithm, ...(content && { content: content.slice() }) };
}

/** Asserts that a universe knows exactly what the model does. */
export function assertSame(universe: Universe, model: Model, options: ChangeOptions): void {
  for (const star of STARS) {
    const files = model.files.filter((file) => file.star === star);
    const expected = new Map(files.map((file) => [file.path, toKnown(file)]));
    assert.deepEqual(new Map(universe.files(star).map((file) => [file.path, file])), expected);
    for (const file of files.slice(0, 5)) {
      const { chunks, header } = universe.chunks(star, file.path)!;
      assert.deepEqual({ chunks, header }, pickList(toFile(file)));
    }
  }
  const numbers = Array.from({ length: options.hashes + 3 }, (_, n) => n);
  for (const wanted of LOOK_UPS) {
    const found = universe.lookUp(hashesOf([...numbers, ...numbers.slice(0, 3)]), wanted);
    [...numbers, 0, 1, 2].forEach((n, i) => {
      const expected = model.placesOf(n, wanted);
      assert.deepEqual(found.placesOf(i), expected, `chunk ${n}`);
      assert.equal(found.has(i), expected.length > 0);
    });
  }
}

function pickList({ chunks, header }: ChunkedFile) {
  return { chunks, header };
}

const LOOK_UPS: LookUpOptions[] = [
  {},
  { stars: ["laptop", "unknown", "nas-1"], places: 3, placesPerStar: 1 },
  { places: 64, placesPerStar: 64, algorithm: "fastcdc-v1:none" },
];
