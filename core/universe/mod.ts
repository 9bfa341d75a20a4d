/**
 * The universe: which chunks there are in the whole grid, and where. Maps the hash of a chunk to
 * the files that hold it, and the hash of a file to all files like it, so that nothing is sent
 * that is already near. It only remembers what it is told; a place is a hint, to be checked by
 * hashing what is read there.
 *
 * ```ts
 * using universe = openUniverse(folder);
 * universe.put([{ star, path, version, header, chunks }]);
 * const found = universe.lookUp(chunks.hashes, { stars: [destination, neighbour, source] });
 * for (const { file, offset, length } of found.placesOf(0)) console.log(file.path, offset, length);
 * ```
 *
 * @module
 */
export { FoundPlaces, type Place } from "./found_places.ts";
export {
  type ChunkedFile,
  type FileVersion,
  type KnownFile,
  MAX_PUT_CHUNKS,
} from "./known_file.ts";
export { type LookUpOptions, MAX_LOOK_UP } from "./look_up.ts";
export { openUniverse, type UniverseOptions } from "./open.ts";
export { type ContentOptions, type ListOptions, type UniverseCounts } from "./reader.ts";
export { Universe } from "./universe.ts";
