/** What a Star knows of the chunks on its own disks, so that nobody has to send them again. */
import {
  type ChunkList,
  concatChunkLists,
  createChunkIndexHeader,
  parametersFor,
} from "#core/cdc/mod.ts";
import type { Clock } from "#core/clock.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import type { Logger } from "#core/log/mod.ts";
import { confineTo } from "#core/system/confine.ts";
import type { NearbyChunks, OrbitSystem } from "#core/system/mod.ts";
import type { NearbyOptions } from "#core/system/parcel/nearby.ts";
import { type ParcelFile, readParcel } from "#core/system/parcel/format.ts";
import type { PackOptions } from "#core/system/parcel/request.ts";
import { isWithin } from "#core/program/roots.ts";
import { openUniverse, type Place, type Universe } from "#core/universe/mod.ts";

/** Files that are smaller aren't worth a row: a delta or a copy of them costs next to nothing. */
export const LEAST_BYTES = 8 * 1024 * 1024;

/** Chunks that are known at most; what comes beyond them isn't noted. */
const MAX_CHUNKS = 10_000_000;

/** Files that wait to be looked at, at most; what comes beyond them is left out. */
const MAX_WAITING = 10_000;

/** Places of a chunk that are looked at for one that counts. */
const MAX_PLACES = 16;

/** How often it is looked whether there is nothing else to do, and how long that is waited for. */
const PAUSE_MS = 200, PATIENCE_MS = 30_000;

/** Its own files' owner: a Star's universe knows no other. */
const SELF = "self";

/** What it works with. */
export interface StarUniverseParts {
  system: OrbitSystem;
  clock: Clock;
  log: Logger;
}

/**
 * Opens the database in a Star's folder, while this process may still open files of its own;
 * undefined, which is no reason not to start, when it can't be had.
 */
export function openStarDatabase(folder: string, log: Logger): Universe | undefined {
  try {
    return openUniverse(folder);
  } catch (error) {
    log.warn("the universe can't be used: what is here may be sent again", {
      error: toErrorData(error),
    });
    return undefined;
  }
}

/** Finds chunks by their hashes, and learns of files that came. */
export class StarUniverse implements NearbyChunks, AsyncDisposable {
  readonly name = "this Star's universe";
  readonly isHere = true;
  /** Whether there is something else to do, which goes first. */
  isBusy: () => boolean = () => false;
  readonly #universe: Universe;
  readonly #parts: StarUniverseParts;
  readonly #waiting = new Set<string>();
  readonly #closing = new AbortController();
  #work: Promise<void> | undefined;
  #isSwept = false;

  /** @param universe Is its own from here on. */
  constructor(universe: Universe, parts: StarUniverseParts) {
    this.#universe = universe;
    this.#parts = parts;
  }

  /** A file is there, or has changed; its chunks are found out when there is time. */
  note(path: string, size: number): void {
    if (size < LEAST_BYTES || this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.add(path);
    this.start();
  }

  /** Resolves when there is nothing left to do. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** Does what waits, in the background: first of all it looks whether what is known still holds. */
  start(): void {
    this.#work ??= this.#learn().finally(() => {
      this.#work = undefined;
      if (this.#waiting.size > 0 && !this.#closing.signal.aborted) this.start();
    });
  }

  find(hashes: Uint8Array, { within }: NearbyOptions = {}): Promise<Uint8Array> {
    const places = this.#placesOf(hashes, within);
    return Promise.resolve(Uint8Array.from(places, (place) => place === undefined ? 0 : 1));
  }

  async *packChunks(
    hashes: Uint8Array,
    { within, ...options }: PackOptions & NearbyOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const places = this.#placesOf(hashes, within);
    const folders = new Map<string, number>();
    const items = places.map((place) => {
      if (place === undefined) throw new OrbitError("not_found", "pack chunks: not all are here");
      const [folder, path] = split(place.file.path);
      if (!folders.has(folder)) folders.set(folder, folders.size);
      return { source: folders.get(folder)!, path, offset: place.offset, length: place.length };
    });
    const request = { sources: [...folders.keys()], items, followLinks: false };
    for await (const parcel of confineTo(this.#parts.system, within).pack(request, options)) {
      this.#checkVersions(parcel, places);
      yield parcel;
    }
  }

  /** A place of each chunk that counts. */
  #placesOf(hashes: Uint8Array, within?: readonly string[]): (Place | undefined)[] {
    const most = within === undefined ? 1 : MAX_PLACES;
    const found = this.#universe.lookUp(hashes, { places: most, placesPerStar: most });
    const counts = ({ file }: Place) => within?.some((root) => isWithin(root, file.path)) ?? true;
    return Array.from({ length: found.count }, (_, i) => found.placesOf(i).find(counts));
  }

  /** What isn't any more what it was is forgotten. @throws {OrbitError} `conflict` */
  #checkVersions(parcel: Uint8Array<ArrayBuffer>, places: readonly (Place | undefined)[]): void {
    for (const record of readParcel(parcel)) {
      const { file } = places[record.index]!;
      const isSame = record.kind === "open" && record.file.version === file.version;
      if (isSame || (record.kind !== "open" && record.kind !== "fail")) continue;
      this.#universe.removeFile(SELF, file.path, file.version);
      throw new OrbitError("conflict", "pack chunks: a file has changed");
    }
  }

  /** Forgets what is no more, once, then learns what waits. */
  async #learn(): Promise<void> {
    const { log } = this.#parts;
    let files = 0;
    try {
      await this.#sweep();
      for (const path of this.#waiting) {
        this.#waiting.delete(path);
        await this.#untilIdle();
        if (await this.#learnOne(path)) files++;
      }
      while (this.#universe.maintain()) await this.#untilIdle();
    } catch (error) {
      this.#waiting.clear();
      if (this.#closing.signal.aborted) return;
      log.warn("the universe can't be kept up to date", { error: toErrorData(error) });
    }
    if (files > 0) log.info("chunks of files noted", { files });
  }

  /** Looks at every file that is known: those that went or changed while nobody looked are forgotten. */
  async #sweep(): Promise<void> {
    let after: string | undefined;
    while (!this.#isSwept) {
      // Looking costs next to nothing, and what came meanwhile waits for the end of it.
      await this.#untilIdle();
      const known = this.#universe.files(SELF, { after, limit: 100 });
      for (const { path, version } of known) {
        this.#closing.signal.throwIfAborted();
        if ((await this.#lookAt(path))?.version !== version) this.#universe.removeFile(SELF, path);
      }
      after = known.at(-1)?.path;
      this.#isSwept = after === undefined;
    }
  }

  /** Waits until there is nothing else to do, or that has taken long enough. */
  async #untilIdle(): Promise<void> {
    const { signal } = this.#closing;
    const { clock } = this.#parts;
    for (let ms = 0; this.isBusy() && ms < PATIENCE_MS; ms += PAUSE_MS) {
      await clock.sleep(PAUSE_MS, { signal });
    }
    signal.throwIfAborted();
  }

  /** Whether there was anything new. Trouble with a file is no news: it may be gone already. */
  async #learnOne(path: string): Promise<boolean> {
    const { system } = this.#parts;
    const { signal } = this.#closing;
    const before = await this.#lookAt(path);
    if (before === undefined || before.size < LEAST_BYTES) return false;
    if (this.#universe.file(SELF, path)?.version === before.version) return false;
    const parameters = parametersFor(before.size);
    const most = before.size / parameters.min + this.#universe.counts().entries;
    if (most > MAX_CHUNKS) return false;
    const lists: ChunkList[] = [];
    try {
      for await (const list of system.chunkFile(path, parameters, { signal })) lists.push(list);
    } catch {
      signal.throwIfAborted();
      return false;
    }
    if ((await this.#lookAt(path))?.version !== before.version) return false;
    const chunks = concatChunkLists(lists), header = createChunkIndexHeader(chunks, parameters);
    this.#universe.put([{ star: SELF, path, version: before.version, header, chunks }]);
    return true;
  }

  async #lookAt(path: string): Promise<ParcelFile | undefined> {
    const { signal } = this.#closing;
    const [folder, name] = split(path);
    const items = [{ source: 0, path: name, length: 0 }];
    const request = { sources: [folder], items, followLinks: false };
    for await (const parcel of this.#parts.system.pack(request, { signal })) {
      for (const record of readParcel(parcel)) if (record.kind === "open") return record.file;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#work;
    this.#universe[Symbol.dispose]();
  }
}

/** Folder and name. */
function split(path: string): [string, string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, at) || "/", path.slice(at + 1)];
}
