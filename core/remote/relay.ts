/** Passing content from any source on to the Star that calls for it: the caller's end of a relay. */
import { toErrorData } from "#core/errors.ts";
import type { PackRequest, PackSource, TransferRequest } from "#core/system/mod.ts";
import type {
  PackCall,
  PackCancel,
  PackCredit,
  TransferRequestSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./codec/blame.ts";
import { fromPackRequest } from "./codec/pack_request.ts";
import { toProblem } from "./codec/problem.ts";

type Message = MessageInitShape<typeof TransferRequestSchema>;

/** Calls at the same time: one for each of a large file's lanes, or of the workers at small ones. */
const MAX_CALLS = 16;
/** Parcels of one call that a Star may ask for before it takes them. */
const MAX_CREDIT = 64;
/** Calls of one file: it is looked at, fetched, and begun again when it changes. */
const MAX_CALLS_A_FILE = 16;
/** How often all of the files may be cut into chunks, and bytes beside: ranges reach over. */
const CUTS = { times: 4, beside: 64 * 1024 * 1024 };
/** Bytes that are worth a call. */
const LEAST_CALL_BYTES = 1024 * 1024;

/** What one transfer call is about, and how it goes on. */
export interface RelayOptions {
  source: PackSource;
  request: TransferRequest;
  blame: Blame;
  /** Sends a message; resolves when it is taken, rejects when the call is over. */
  send(message: Message): Promise<void>;
  /** So many bytes of content were passed on. */
  onRelayed?: (bytes: number) => void;
}

/** Answers a Star's calls for content, with no more than the transfer is about. */
export class Relay implements Disposable {
  readonly #options: RelayOptions;
  readonly #calls = new Map<number, RelayCall>();
  readonly #files: ReadonlySet<string>;
  readonly #maxCalls: number;
  /** Bytes that may still be cut into chunks, which costs the source much and says little. */
  #cutsLeft: number;
  #last = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    const copies = options.request.actions.filter((action) => action.kind === "copy");
    this.#files = new Set(copies.map(({ source, sourcePath }) => fileKey(source, sourcePath)));
    const segments = copies.reduce((sum, { size }) => sum + Math.ceil(size / LEAST_CALL_BYTES), 0);
    this.#cutsLeft = CUTS.beside + CUTS.times * copies.reduce((sum, { size }) => sum + size, 0);
    this.#maxCalls = MAX_CALLS_A_FILE * (copies.length + segments);
  }

  /** @throws `corrupt` when it asks for anything but the transfer's files, or too much at once. */
  start({ id, request, credit }: PackCall): void {
    const { blame } = this.#options;
    if (id !== ++this.#last || id > this.#maxCalls) throw blame("pack_call.id", `${id}`);
    if (this.#calls.size >= MAX_CALLS) throw blame("pack_call", "too many at once");
    const call = new RelayCall(id, this.#check(request), this.#options);
    this.#calls.set(id, call);
    call.grant(credit);
    void call.run().finally(() => this.#calls.delete(id));
  }

  grant({ id, parcels }: PackCredit): void {
    this.#known(id)?.grant(parcels);
  }

  cancel({ id }: PackCancel): void {
    this.#known(id)?.cancel();
  }

  [Symbol.dispose](): void {
    for (const call of this.#calls.values()) call.cancel();
  }

  #check(message: PackCall["request"]): PackRequest {
    const { blame, request: { sources, options } } = this.#options;
    const wanted = fromPackRequest(message, sources.length, blame);
    const isSame = wanted.sources.length === sources.length &&
      wanted.sources.every((source, i) => source === sources[i]);
    if (!isSame) throw blame("pack_call.sources", "not those of the transfer");
    if (wanted.followLinks !== options.followLinks) throw blame("pack_call.follow_links", "other");
    for (const { source, path, recipe } of wanted.items) {
      if (!this.#files.has(fileKey(source, path))) throw blame("pack_call.items", "no file of it");
      if (recipe !== undefined) this.#cutsLeft -= recipe.until - recipe.from;
      if (this.#cutsLeft < 0) throw blame("pack_call.items", "more recipes than files");
    }
    return wanted;
  }

  /** A call that isn't over yet. */
  #known(id: number): RelayCall | undefined {
    if (id === 0 || id > this.#last) throw this.#options.blame("pack.id", `${id}`);
    return this.#calls.get(id);
  }
}

function fileKey(source: number, path: string): string {
  return `${source}:${path}`;
}

/** One call for content. */
class RelayCall {
  readonly #cancelled = new AbortController();
  #credit = 0;
  #granted = Promise.withResolvers<void>();

  constructor(
    readonly id: number,
    readonly request: PackRequest,
    readonly options: RelayOptions,
  ) {}

  /** Never rejects: what goes wrong is told. */
  async run(): Promise<void> {
    const { id, request, options: { source, send, onRelayed } } = this;
    const { signal } = this.#cancelled;
    try {
      for await (const parcel of source.pack(request, { signal })) {
        if (parcel.length === 0) continue; // which says nothing
        while (this.#credit === 0 && !signal.aborted) await this.#granted.promise;
        if (signal.aborted) return;
        this.#credit--;
        await send({ part: { case: "parcel", value: { id, parcel } } });
        onRelayed?.(parcel.length);
      }
      await send({ part: { case: "end", value: { id } } });
    } catch (error) {
      if (signal.aborted) return;
      const problem = toProblem(toErrorData(error));
      await send({ part: { case: "end", value: { id, problem } } }).catch(() => {});
    }
  }

  grant(parcels: number): void {
    this.#credit += parcels;
    if (this.#credit > MAX_CREDIT) throw this.options.blame("credit", `${this.#credit} parcels`);
    this.#wake();
  }

  cancel(): void {
    this.#cancelled.abort(new DOMException("The content isn't needed any more", "AbortError"));
    this.#wake();
  }

  #wake(): void {
    if (this.#credit === 0 && !this.#cancelled.signal.aborted) return;
    this.#granted.resolve();
    this.#granted = Promise.withResolvers();
  }
}
