/** Taking chunks from whoever holds them near here, instead of from their source. */
import { type ChunkList, concatChunkLists } from "#core/cdc/mod.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import type { ParcelFile } from "../parcel/format.ts";
import { MAX_FIND, type NearbyChunks } from "../parcel/nearby.ts";
import { PACK_BOUNDS } from "../parcel/request.ts";
import type { Reception } from "../reception.ts";
import type { CopyAction } from "../system.ts";
import { rangesOf } from "../work/patch.ts";
import { type Fetch, fetchRange, fetchRecipe, type WantedRecipe } from "./fetch_recipe.ts";
import type { MatchedChunks, MatchedRecipe } from "./match.ts";
import { deltaParameters } from "./parameters.ts";
import { hashesOf, type SegmentParts } from "./patch_segment.ts";

/** Places of a file that are looked at first, and chunks of the average size at each. */
const PROBES = 4, PROBE_CHUNKS = 12;
/** The share of what was looked at that must be near for more to be asked. */
const LEAST_NEAR = 0.25;

/** What was taken near here. */
interface Taken {
  /** Numbers of the chunks that are in place. */
  all: Set<number>;
  /** Of them those that this machine had itself. */
  here: Set<number>;
  /** Nothing was written but what is right. */
  isClean: boolean;
}

/** Those who may hold chunks of one file; one who fails isn't asked again. */
export class Nearby {
  readonly #near: readonly NearbyChunks[];
  readonly #failed = new Set<NearbyChunks>();
  readonly #fetch: Fetch = (items) => this.reception.pack(items);

  constructor(readonly reception: Reception) {
    this.#near = reception.request.options.wholeFile ? [] : reception.source.near ?? [];
  }

  /** The chunks of a file, and who holds them; undefined when nobody seems to. */
  async plan(action: CopyAction, file: ParcelFile): Promise<MatchedRecipe | undefined> {
    if (this.#near.length === 0 || file.size === 0) return undefined;
    const wanted = wantedOf(action, file), { avg } = wanted.parameters;
    const probes = await Promise.all(Array.from({ length: PROBES }, (_, i) => {
      const from = Math.floor(file.size / PROBES) * i;
      const until = Math.min(file.size, from + PROBE_CHUNKS * avg);
      return fetchRange(this.#fetch, wanted, from, until);
    }));
    if (!probes.every((probe) => probe !== undefined)) return undefined;
    // One list, wherever they lie: for their hashes.
    const seen = await this.#findAll(concatChunkLists(probes));
    if (seen.filter((holder) => holder !== -1).length < seen.length * LEAST_NEAR) return undefined;
    const recipe = await this.recipe(action, file);
    return recipe && { ...recipe, holders: await this.#findAll(recipe) };
  }

  /** The chunks of a file, of which nothing is known. */
  async recipe(action: CopyAction, file: ParcelFile): Promise<MatchedRecipe | undefined> {
    const recipe = await fetchRecipe(this.#fetch, wantedOf(action, file), () => {});
    if (recipe === undefined) return undefined;
    const places = new Float64Array(recipe.lengths.length).fill(-1);
    return { ...recipe, places, matched: 0 };
  }

  /** Who holds each chunk; those equally near share them. */
  async #findAll(list: ChunkList): Promise<Int8Array<ArrayBuffer>> {
    const count = list.lengths.length;
    const holders = new Int8Array(count).fill(-1);
    const found = await Promise.all(this.#near.map((near) => this.#find(near, list.hashes)));
    for (let number = 0; number < count; number++) {
      const having = found.flatMap((has, i) => has?.[number] === 1 ? [i] : []);
      const here = having.find((i) => this.#near[i].isHere);
      // In turns of about a segment, so that each reads what lies together.
      if (having.length > 0) holders[number] = here ?? having[(number >> 6) % having.length];
    }
    return holders;
  }

  async #find(near: NearbyChunks, hashes: Uint8Array): Promise<Uint8Array | undefined> {
    const { signal } = this.reception.options;
    const found = new Uint8Array(hashes.length / HASH_BYTES);
    try {
      for (let from = 0; from < found.length; from += MAX_FIND) {
        const some = hashes.subarray(from * HASH_BYTES, (from + MAX_FIND) * HASH_BYTES);
        found.set(await near.find(some, { signal }), from);
      }
      return found;
    } catch {
      signal?.throwIfAborted();
      this.#failed.add(near);
      return undefined;
    }
  }

  /** Puts chunks of a segment into the staged file that somebody holds; each is checked. */
  async take(
    parts: SegmentParts,
    chunks: MatchedChunks,
    { missing, isEmpty }: { missing: readonly number[]; isEmpty: boolean },
  ): Promise<Taken> {
    const taken: Taken = { all: new Set(), here: new Set(), isClean: true };
    const groups = Map.groupBy(missing, (number) => chunks.holders?.[number] ?? -1);
    groups.delete(-1);
    await Promise.all(Array.from(groups, async ([holder, numbers]) => {
      const near = this.#near[holder];
      if (this.#failed.has(near)) return;
      const right = await this.#takeFrom(near, parts, chunks, { numbers, isEmpty });
      for (const number of right) {
        taken.all.add(number);
        if (near.isHere) taken.here.add(number);
      }
      if (right.length < numbers.length) taken.isClean = false;
    }));
    return taken;
  }

  async #takeFrom(
    near: NearbyChunks,
    { receipt }: SegmentParts,
    chunks: MatchedChunks,
    { numbers, isEmpty }: { numbers: number[]; isEmpty: boolean },
  ): Promise<number[]> {
    const { reception } = this, { executor, options: { signal } } = reception;
    const how = { isEmpty, isSource: false };
    try {
      for (let from = 0; from < numbers.length; from += PACK_BOUNDS.count) {
        const some = numbers.slice(from, from + PACK_BOUNDS.count);
        const ranges = some.flatMap((number) => rangesOf(chunks, [number]));
        const work = executor.open("fillSegment", receipt, ranges, how);
        await reception.pourNear(near, hashesOf(chunks, some), work);
      }
    } catch {
      signal?.throwIfAborted();
      this.#failed.add(near);
    }
    const { bad } = await executor.call("checkSegmentChunks", receipt, chunks, numbers);
    // One who gives something else than was asked for isn't believed any more.
    if (bad.length > 0) this.#failed.add(near);
    const wrong = new Set(bad);
    return numbers.filter((number) => !wrong.has(number));
  }
}

function wantedOf({ source, sourcePath: path }: CopyAction, file: ParcelFile): WantedRecipe {
  return { item: { source, path }, file, parameters: deltaParameters(file.size) };
}
