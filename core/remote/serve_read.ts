/** The methods that only look. */
import type { ChunkParameters } from "#core/cdc/mod.ts";
import { validateParameters } from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { Handlers } from "#core/rpc/mod.ts";
import type { HashOptions, OrbitSystem } from "#core/system/mod.ts";
import type {
  ChunkFileRequest,
  ChunkFileResponseSchema,
  HashFilesResponseSchema,
  ReadFileRequest,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { blameRequest } from "./codec/blame.ts";
import { fromPath, fromPaths, MAX_PATH_BYTES } from "./codec/bytes.ts";
import { toInspection } from "./codec/inspection.ts";
import { fromSelection } from "./codec/metadata.ts";
import { atMost, fromWide, toWide } from "./codec/numbers.ts";
import { toChunkLists, toFeatures, toFileHash } from "./codec/result.ts";
import { MAX_HEADER_BYTES, MAX_HEADERS_BYTES } from "./limits.ts";
import type { Service } from "./serve.ts";
import { servePack } from "./serve_pack.ts";
import { serveScanDirectory, serveScanTree } from "./serve_scan.ts";

/** Files hashed between two messages. */
const HASH_FILES = 128;
/** Chunks of one message: half a mebibyte. */
const CHUNKS = 16_384;

type StarHandlers = Handlers<typeof StarService>;
type Hashes = MessageInitShape<typeof HashFilesResponseSchema>;
type Chunks = MessageInitShape<typeof ChunkFileResponseSchema>;

export function readHandlers(service: Service): StarHandlers {
  const absolute = (bytes: Uint8Array) => {
    const path = fromPath(bytes, "path", blameRequest);
    service.checkPath(path);
    return path;
  };
  return { ...lookHandlers(service, absolute), ...contentHandlers(service, absolute) };
}

/** Checks an absolute path by its text. */
type Absolute = (bytes: Uint8Array) => string;

/** What there is. */
function lookHandlers(service: Service, absolute: Absolute): StarHandlers {
  const { checkPath } = service;
  return {
    getFeatures: (_, context) =>
      service.once(
        context,
        async (signal, system) => toFeatures(await system.features({ signal })),
      ),
    inspect: ({ path, attributes }, context) =>
      service.once(context, async (signal, system) => {
        const selection = fromSelection(attributes, "attributes", blameRequest);
        const options = { signal, attributes: selection };
        return toInspection(await system.inspect(absolute(path), options));
      }),
    scanDirectory: (request, context) =>
      service.stream(
        context,
        (signal, system) => serveScanDirectory(system, seedPath(request, checkPath), signal),
      ),
    scanTree: (request, context) =>
      service.stream(
        context,
        (signal, system) => serveScanTree(system, request, checkPath, signal),
        {},
      ),
  };
}

/** What is in it. */
function contentHandlers(service: Service, absolute: Absolute): StarHandlers {
  const { checkPath, limits } = service;
  return {
    readHeader: (request, context) =>
      service.once(context, async (signal, system) => {
        const length = headerLength(request.length);
        const data = await system.readHeader(seedPath(request, checkPath), length, { signal });
        return { data };
      }),
    readHeaders: ({ base, paths, length }, context) =>
      service.once(context, async (signal, system) => {
        atMost(paths.length, limits.maxPaths, "paths", blameRequest);
        if (headerLength(length) * paths.length > MAX_HEADERS_BYTES) {
          throw exhausted(`${paths.length} headers of ${length} bytes`, MAX_HEADERS_BYTES);
        }
        const names = fromPaths(paths, "paths", blameRequest);
        const headers = await system.readHeaders(absolute(base), names, length, { signal });
        return { headers };
      }),
    calculateHash: (request, context) =>
      service.once(context, async (signal, system) => {
        const path = seedPath(request, checkPath);
        const offset = fromWide(request.offset, "offset", blameRequest);
        const length = fromWide(request.length, "length", blameRequest);
        return { hash: await system.calculateHash(path, offset, length, { signal }) };
      }),
    hashFiles: ({ base, paths, versions }, context) =>
      service.stream<Hashes>(context, (signal, system) => {
        atMost(paths.length, limits.maxPaths, "paths", blameRequest);
        const names = fromPaths(paths, "paths", blameRequest);
        return hashFiles(system, absolute(base), names, { versions, signal });
      }, {}),
    chunkFile: (request, context) =>
      service.stream<Chunks>(
        context,
        (signal, system) => chunkFile(system, absolute(request.path), request, signal),
        {},
      ),
    pack: (request, context) =>
      service.stream(context, (signal, system) => servePack(system, request, service, signal), {}),
    readFile: (request, context) =>
      service.stream(
        context,
        (signal, system) => readFile(system, absolute(request.path), request, signal),
      ),
  };
}

/** The path of a request of the first methods, which know it as text, too. */
function seedPath(
  { path, pathBytes }: { path: string; pathBytes: Uint8Array },
  check: (path: string) => void,
): string {
  if (path.length > MAX_PATH_BYTES) throw blameRequest("path", `${path.length} characters`);
  const chosen = pathBytes.length > 0 ? fromPath(pathBytes, "path_bytes", blameRequest) : path;
  check(chosen);
  return chosen;
}

function headerLength(length: number): number {
  if (length <= MAX_HEADER_BYTES) return length;
  throw exhausted(`a header of ${length} bytes`, MAX_HEADER_BYTES);
}

function exhausted(what: string, limit: number): OrbitError {
  return new OrbitError("exhausted", `read header: ${what}, the limit is ${limit} bytes`);
}

async function* hashFiles(
  system: OrbitSystem,
  base: string,
  paths: string[],
  options: HashOptions,
): AsyncGenerator<Hashes> {
  for (let from = 0; from < paths.length; from += HASH_FILES) {
    const some = paths.slice(from, from + HASH_FILES);
    let bytes = 0;
    const onBytes = (more: number) => bytes += more;
    const results = await system.hashFiles(base, some, { ...options, onBytes });
    yield { hashes: results.map(toFileHash), bytes: toWide(bytes, "bytes") };
  }
}

async function* chunkFile(
  system: OrbitSystem,
  path: string,
  { parameters }: ChunkFileRequest,
  signal: AbortSignal,
): AsyncGenerator<Chunks> {
  let chosen: ChunkParameters | undefined;
  if (parameters !== undefined) {
    chosen = { min: parameters.min, avg: parameters.avg, max: parameters.max };
    validateParameters(chosen);
  }
  for await (const list of system.chunkFile(path, chosen, { signal })) {
    yield* toChunkLists(list, CHUNKS);
  }
}

async function* readFile(
  system: OrbitSystem,
  path: string,
  request: ReadFileRequest,
  signal: AbortSignal,
): AsyncGenerator<{ data: Uint8Array }> {
  const offset = fromWide(request.offset, "offset", blameRequest);
  const length = fromWide(request.length, "length", blameRequest);
  for await (const data of system.openStream(path, { offset, length }, { signal })) yield { data };
}
