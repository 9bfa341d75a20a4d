/** Direct Links: content that goes from one Star to another without passing through here. */
import type { OrbitError } from "#core/errors.ts";
import type {
  ActionResult,
  CallOptions,
  OrbitSystem,
  PackSource,
  TransferRequest,
} from "#core/system/mod.ts";

/** A Star's Direct Link, and what opens it. */
export interface LinkSource {
  /** HOST:PORT. Nothing else is dialled; nothing at all when it is empty: the source dials. */
  address: string;
  /** The name that its certificate is for. */
  serverName: string;
  /** What says to that Star that the other may have the content. A secret. */
  grant: string;
  /** The job that the content is for. */
  job?: string;
  /** What the job is confined to, if to anything: at this Star as at the one that takes. */
  scope?: readonly string[];
  /** Stars near the one that takes, which may have some of the chunks. */
  helpers?: LinkSource[];
}

/** A link on which nobody was reached, and why. */
export interface UnreachedLink {
  link: LinkSource;
  error: OrbitError;
}

/** Whoever knows which Stars reach one another, and may let them. */
export interface LinkBroker {
  /**
   * A way for `target` to the content of `request` on `source`, or undefined when the content is to
   * be relayed. Asked once for each call, and again after a way on which nobody was reached; the
   * request holds what that call carries.
   *
   * @param unreached Ways of this call that led to nobody.
   *
   * @throws {OrbitError} `unavailable` (retryable, `errno` {@linkcode UNREACHED}) when there are
   * ways, but none leads there now; `unsupported` when there are none.
   */
  link(
    source: PackSource,
    target: OrbitSystem,
    request: TransferRequest,
    unreached: readonly UnreachedLink[],
  ): Promise<LinkSource | undefined>;
}

/** A source that can dial destinations. */
export interface LinkOfferer {
  /** Has it dial whom the grant names, to be asked there; resolves when it can be. */
  offerLink(grant: string, options?: CallOptions): Promise<void>;
}

/** Dials whom a grant names, and serves there. */
export type OfferLink = (grant: string, signal: AbortSignal) => Promise<void>;

/** An open link. */
export interface OpenedLink extends PackSource, AsyncDisposable {
  /** Is told what became of the request, before it is closed, unless the request broke off. */
  ended?(results: readonly ActionResult[]): void;
}

/** Opens a link to another Star for the content of one request; nothing else may be asked there. */
export type OpenLink = (
  link: LinkSource,
  request: TransferRequest,
  signal: AbortSignal,
) => Promise<OpenedLink>;
