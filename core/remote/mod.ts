/**
 * An `OrbitSystem` on another machine, and the serving of one to others.
 *
 * {@linkcode openRemoteSystem} makes the files of a Star a system like any other, over whatever
 * `Caller` reaches it; {@linkcode serveSystem} is what answers there.
 *
 * - All that a Star answers is checked: hashes have 32 bytes, sizes are below 2^53, names are names,
 *   rows lie within their batch, directories come in the order in which they were asked for, and
 *   nothing comes that wasn't. What can't be fails with `corrupt`, naming the Star and the field,
 *   and gives the call up.
 * - Silence ends with `unavailable` (retryable) after `RemoteTimeouts`; Stars at long work say that
 *   they are at it.
 * - Calls that change files, when aborted, let the Star end what it is at (for a bounded time)
 *   before they reject.
 * - Content between two places on one Star never leaves it; from elsewhere it comes over a Direct
 *   Link where a {@linkcode LinkBroker} gives one, else it is relayed through here, in parcels, with
 *   bounded memory.
 * - A batch with a name goes on when its call is lost without a `stop`, but for one that is relayed.
 *   What became of it is told to whoever claims the job's work, by this process or by the Star's
 *   next one if `serveSystem` was given {@linkcode Transfers} with a journal.
 *
 * ```ts
 * import { openRemoteSystem, serveSystem } from "#core/remote/mod.ts";
 * import { createInProcessCaller } from "#core/rpc/mod.ts";
 * import { openLocalSystem } from "#core/system/mod.ts";
 *
 * await using local = await openLocalSystem({ read: ["/data"], write: [] });
 * const caller = createInProcessCaller([serveSystem(local)]);
 * await using remote = openRemoteSystem({ caller, name: "star-1" });
 * console.log(await remote.scanDirectory("/data"));
 * ```
 *
 * @module
 */
export { openRemoteSystem, type RemoteSystemOptions } from "./remote_system.ts";
export type {
  LinkBroker,
  LinkOfferer,
  LinkSource,
  OfferLink,
  OpenedLink,
  OpenLink,
  UnreachedLink,
} from "./link.ts";
export type { RemoteTimeouts } from "./timeouts.ts";
export { encodeScope, SCOPE_CAPABILITY } from "./scope.ts";
export { type ServedSystem, type ServeOptions, serveSystem } from "./serve.ts";
export type { ServeLimits } from "./limits.ts";
export { Transfers, type TransfersOptions } from "./lasting/transfers.ts";
export type { JournalFile } from "./lasting/journal.ts";
export { decodeScanBatch, encodeScanBatch } from "./stored_scan.ts";
