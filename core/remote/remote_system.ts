/** A Star's files. */
import type { ChunkList, ChunkParameters } from "#core/cdc/mod.ts";
import { validateParameters } from "#core/cdc/mod.ts";
import type { Caller } from "#core/rpc/mod.ts";
import type {
  ActionOptions,
  ActionResult,
  AttributeSelection,
  CallOptions,
  ClaimNews,
  DiskFeatures,
  Entry,
  HashOptions,
  HashResult,
  Inspection,
  OrbitSystem,
  PackRequest,
  PackSource,
  PlainAction,
  ScanBatch,
  ScanRequest,
  TransferOptions,
  TransferRequest,
  WorkClaim,
} from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { toPath } from "./codec/bytes.ts";
import { ChunkOrder, fromFeatures } from "./codec/result.ts";
import { fromInspection } from "./codec/inspection.ts";
import { toSelection } from "./codec/metadata.ts";
import { toWord } from "./codec/numbers.ts";
import type { LinkBroker, LinkOfferer, UnreachedLink } from "./link.ts";
import { remoteClaim, remoteEnd } from "./remote_claim.ts";
import { remotePerform } from "./remote_changes.ts";
import { remotePack } from "./remote_pack.ts";
import {
  remoteHash,
  remoteHashFiles,
  remoteHeader,
  remoteHeaders,
  remoteRead,
} from "./remote_read.ts";
import { remoteList, remoteScan } from "./remote_scan.ts";
import { type ContentPlace, type FindContent, remoteTransfer } from "./remote_transfer.ts";
import { confineCalls, encodeScope } from "./scope.ts";
import { StarCalls } from "./star_calls.ts";
import { DEFAULT_TIMEOUTS, type RemoteTimeouts } from "./timeouts.ts";

/** Options of {@linkcode openRemoteSystem}. */
export interface RemoteSystemOptions {
  /** Calls the Star, directly or in reverse; not closed with the system. */
  caller: Caller;
  /** The Star's name, for messages. */
  name: string;
  timeouts?: Partial<RemoteTimeouts>;
  /** What the Star confines all that is asked of it to. */
  scope?: readonly string[];
  /** Gives links to other Stars; without one all content of other systems is relayed. */
  broker?: LinkBroker;
  /** So many bytes of another system's content were relayed. */
  onRelayed?: (source: PackSource, bytes: number) => void;
}

/** The files of the Star that `caller` reaches. Nothing is asked before the first call. */
export function openRemoteSystem(
  { caller, name, timeouts, scope, ...content }: RemoteSystemOptions,
): OrbitSystem {
  const confined = scope === undefined ? caller : confineCalls(caller, scope);
  const star = new StarCalls(confined, name, { ...DEFAULT_TIMEOUTS, ...timeouts });
  return new RemoteSystem(star, content, { caller, scope: scope && encodeScope(scope) });
}

/** What a system is of: those of one Star and one scope find content in themselves. */
interface Reach {
  caller: Caller;
  scope: string | undefined;
}

class RemoteSystem implements OrbitSystem, LinkOfferer {
  readonly #star: StarCalls;
  readonly #content: Pick<RemoteSystemOptions, "broker" | "onRelayed">;

  readonly #reach: Reach;

  constructor(
    star: StarCalls,
    content: Pick<RemoteSystemOptions, "broker" | "onRelayed">,
    reach: Reach,
  ) {
    this.#star = star;
    this.#content = content;
    this.#reach = reach;
  }

  get name(): string {
    return this.#star.name;
  }

  async features({ signal }: CallOptions = {}): Promise<DiskFeatures> {
    const answer = await this.#star.ask(StarService.method.getFeatures, {}, { signal });
    return fromFeatures(answer, this.#star.blame);
  }

  scanDirectory(path: string, { signal }: CallOptions = {}): Promise<Entry[]> {
    return remoteList(this.#star, path, signal);
  }

  readHeader(path: string, length: number, { signal }: CallOptions = {}): Promise<Uint8Array> {
    return remoteHeader(this.#star, path, length, signal);
  }

  calculateHash(
    path: string,
    offset: number,
    length: number,
    { signal }: CallOptions = {},
  ): Promise<Uint8Array> {
    return remoteHash(this.#star, path, { offset, length }, signal);
  }

  openStream(
    path: string,
    { offset = 0, length = 0 }: { offset?: number; length?: number } = {},
    { signal }: CallOptions = {},
  ): ReadableStream<Uint8Array> {
    return ReadableStream.from(remoteRead(this.#star, path, { offset, length }, signal));
  }

  async inspect(
    path: string,
    { signal, attributes }: CallOptions & { attributes?: AttributeSelection } = {},
  ): Promise<Inspection> {
    const request = { path: toPath(path, "path"), attributes: toSelection(attributes) };
    const answer = await this.#star.ask(StarService.method.inspect, request, { signal });
    return fromInspection(answer, this.#star.blame);
  }

  scanTree(request: ScanRequest, { signal }: CallOptions = {}): AsyncIterable<ScanBatch> {
    return remoteScan(this.#star, request, signal);
  }

  readHeaders(
    base: string,
    paths: string[],
    length: number,
    { signal }: CallOptions = {},
  ): Promise<Uint8Array[]> {
    return remoteHeaders(this.#star, base, paths, length, signal);
  }

  hashFiles(
    base: string,
    paths: string[],
    options: HashOptions = {},
  ): Promise<HashResult[]> {
    return remoteHashFiles(this.#star, base, paths, options);
  }

  async *chunkFile(
    path: string,
    parameters?: ChunkParameters,
    { signal }: CallOptions = {},
  ): AsyncGenerator<ChunkList> {
    if (parameters !== undefined) validateParameters(parameters);
    const order = new ChunkOrder(parameters, this.#star.blame);
    const request = {
      path: toPath(path, "path"),
      parameters: parameters && {
        min: toWord(parameters.min, "min"),
        avg: toWord(parameters.avg, "avg"),
        max: toWord(parameters.max, "max"),
      },
    };
    const answers = this.#star.listen(
      StarService.method.chunkFile,
      request,
      ({ lengths }) => lengths.length === 0,
      { signal },
    );
    for await (const answer of answers) yield order.take(answer);
  }

  perform(
    base: string,
    actions: PlainAction[],
    options: ActionOptions,
    { signal }: CallOptions = {},
  ): Promise<ActionResult[]> {
    return remotePerform(this.#star, base, actions, options, signal);
  }

  pack(
    request: PackRequest,
    { signal }: CallOptions = {},
  ): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return remotePack(this.#star, request, signal);
  }

  receive(
    request: TransferRequest,
    source: PackSource,
    options: TransferOptions = {},
  ): Promise<ActionResult[]> {
    const find: FindContent = (own, unreached) => this.#findContent(source, own, unreached);
    return remoteTransfer(this.#star, request, find, options);
  }

  async offerLink(grant: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#star.ask(StarService.method.offerLink, { grant }, { signal });
  }

  async #findContent(
    source: PackSource,
    request: TransferRequest,
    unreached: readonly UnreachedLink[],
  ): Promise<ContentPlace> {
    if (source instanceof RemoteSystem) {
      const { caller, scope } = this.#reach;
      const isOne = source.#reach.caller === caller && source.#reach.scope === scope;
      if (isOne) return { kind: "own" };
    }
    const isContent = request.actions.some(({ kind }) => kind === "copy");
    const { broker, onRelayed } = this.#content;
    const link = isContent ? await broker?.link(source, this, request, unreached) : undefined;
    if (link !== undefined) return { kind: "link", link };
    return { kind: "relay", source, onRelayed: (bytes) => onRelayed?.(source, bytes) };
  }

  transferTo(
    target: OrbitSystem,
    request: TransferRequest,
    options?: TransferOptions,
  ): Promise<ActionResult[]> {
    return target.receive(request, this, options);
  }

  claim(
    claim: WorkClaim,
    options: Pick<TransferOptions, "signal" | "goesOn"> = {},
  ): AsyncIterable<ClaimNews> {
    return remoteClaim(this.#star, claim, options);
  }

  endWork(claim: WorkClaim, { signal }: CallOptions = {}): Promise<void> {
    return remoteEnd(this.#star, claim, signal);
  }

  /** The caller belongs to who made it. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
