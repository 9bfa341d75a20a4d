/** What a request for a job asks for, and whether it may be asked. */
import * as v from "valibot";
import { choice, flag, list, parsed, text } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import { type FileOrder, type Place, SYNC_KINDS, type SyncOrder } from "#core/file_jobs/mod.ts";
import type { ConfiguredRoot } from "#core/program/roots.ts";
import { encodeScope } from "#core/remote/mod.ts";
import { JOB_KINDS } from "#core/grid_api/mod.ts";
import { type FilterRule, parseRule } from "#core/sync/filter/mod.ts";
import { checkRelativePath } from "#core/system/relative_path.ts";
import type { Exchange } from "./exchange.ts";
import { wholeNumber } from "./input.ts";
import { isBeneath, normalPath } from "./place_path.ts";
import { isScoped, type Principal, reachesPath } from "./principal.ts";
import { findStar } from "./stars.ts";
import { syncOptions, toSyncOptions } from "./sync_options.ts";

const MAX_RULES = 10_000;
const MAX_PRIORITY = 1000;

const place = v.strictObject({
  star: v.optional(text({ most: 64 })),
  path: parsed("an absolute path without . and ..", normalPath),
});

/** A rule as rsync writes it, with its sign. */
const rule = parsed<FilterRule>('a rule such as "- *.tmp" or "+ keep/"', (text) => {
  if (!/^[-+] /.test(text)) return undefined;
  try {
    return parseRule(text, "exclude").rules[0];
  } catch {
    return undefined;
  }
});

/** A path that needs not be there. */
const explained = parsed("a path within the source, or nothing for the source itself", (text) => {
  try {
    checkRelativePath(text);
    return text.length <= 4096 ? text : undefined;
  } catch {
    return undefined;
  }
});

const rest = {
  filter: v.optional(list(rule, { most: MAX_RULES }), []),
  oneFileSystem: v.optional(flag(), false),
  label: v.optional(text({ most: 256 })),
  priority: v.optional(wholeNumber({ least: -MAX_PRIORITY, most: MAX_PRIORITY })),
};

const oneOf = `${JOB_KINDS.slice(0, -1).map((kind) => `"${kind}"`).join(", ")} or "${
  JOB_KINDS.at(-1)
}"`;

/** The body of a request for a job. */
export const newJob = v.variant("kind", [
  v.strictObject({ kind: choice(["scan"]), at: place, ...rest }),
  v.strictObject({ kind: choice(["hash"]), at: place, ...rest }),
  v.strictObject({ kind: choice(["chunk"]), at: place, ...rest }),
  v.strictObject({ kind: choice(["verify"]), source: place, destination: place, ...rest }),
  v.strictObject({
    kind: choice(SYNC_KINDS),
    source: place,
    contents: v.optional(flag(), false),
    destination: place,
    destinationIsDirectory: v.optional(flag(), false),
    options: v.optional(syncOptions, {}),
    relay: v.optional(flag(), false),
    changes: v.optional(flag(), false),
    manifest: v.optional(flag(), false),
    explain: v.optional(explained),
    ...rest,
  }),
], oneOf);

/** A request for a job, checked. */
export type NewJobRequest = v.InferOutput<typeof newJob>;

/**
 * The order that a request amounts to.
 *
 * @throws {OrbitError} `not_found` for a Star, `conflict` for one that takes no jobs, `denied` for
 * a place that the one who asks doesn't reach, `unavailable` for Stars that can't reach each other,
 * `exhausted` for a scope too long to be told to Stars.
 */
export function toOrder(
  request: NewJobRequest,
  exchange: Exchange,
): { order: FileOrder; label: string } {
  const { order, label } = toWholeOrder(request, exchange);
  const { pathPrefixes: scope } = exchange.principal.scope;
  if (scope === undefined) return { order, label };
  encodeScope(scope); // it has to reach the Stars
  return { order: { ...order, scope: [...scope] }, label };
}

function toWholeOrder(
  request: NewJobRequest,
  exchange: Exchange,
): { order: FileOrder; label: string } {
  const { filter, oneFileSystem } = request;
  const selection = { filter, oneFileSystem };
  if (request.kind === "verify") {
    const source = toPlace(request.source, exchange, READ);
    const destination = toPlace(request.destination, exchange, READ);
    const order: FileOrder = { kind: "verify", source, destination, ...selection };
    const between = `${show(request.source)} and ${show(request.destination)}`;
    return { order, label: request.label ?? `verify ${between}` };
  }
  if ("contents" in request) return toSyncOrder(request, exchange);
  const { kind } = request;
  const order: FileOrder = { kind, at: toPlace(request.at, exchange, READ), ...selection };
  return { order, label: request.label ?? `${kind} ${show(request.at)}` };
}

function toSyncOrder(
  request: Extract<NewJobRequest, { contents: boolean }>,
  exchange: Exchange,
): { order: SyncOrder; label: string } {
  const { kind, contents, destinationIsDirectory, filter, oneFileSystem } = request;
  const { relay, changes, manifest, explain } = request;
  if (kind === "mirror" && request.options.delete === false) {
    throw new OrbitError("invalid", "options.delete: a mirror deletes; a copy doesn't");
  }
  const removes = kind === "move" || request.options.removeSource !== undefined;
  const source = toPlace(request.source, exchange, removes ? WRITE : READ);
  const destination = toPlace(request.destination, exchange, WRITE);
  if (!relay) requireReach(source, destination, exchange);
  requireBackup(request, exchange);
  // What is linked there has another name here, by which it can be changed.
  for (const path of request.options.linkDest ?? []) {
    toPlace({ star: request.destination.star, path }, exchange, WRITE);
  }
  const options = { ...toSyncOptions(request.options), filter, oneFileSystem };
  const ends = `${show(request.source)}${contents ? "/" : ""} to ${show(request.destination)}`;
  return {
    order: {
      ...{ kind, source, contents, destination, destinationIsDirectory },
      ...{ options, relay, changes, manifest, explain },
    },
    label: request.label ?? `${kind} ${ends}`,
  };
}

/** A backup directory that isn't below the destination is a place of its own. */
function requireBackup(
  { options: { backup }, destination: { star } }: Extract<NewJobRequest, { contents: boolean }>,
  exchange: Exchange,
): void {
  const { directory } = backup ?? {};
  if (directory === undefined || isBelow(directory)) return;
  const path = normalPath(directory);
  if (path === undefined) {
    throw new OrbitError("invalid", '"options.backup.directory": must be without . and ..');
  }
  toPlace({ star, path }, exchange, WRITE);
}

function isBelow(directory: string): boolean {
  if (/^([/\\]|[A-Za-z]:)/.test(directory)) return false;
  return !directory.split("/").some((name) => name === "" || name === "." || name === "..");
}

/** What is to be done at a place. */
type Use = Pick<ConfiguredRoot, "read" | "write">;

const READ: Use = { read: true, write: false };
const WRITE: Use = { read: true, write: true };

function toPlace(
  { star, path }: v.InferOutput<typeof place>,
  exchange: Exchange,
  use: Use,
): Place {
  const { store, principal, jobs } = exchange;
  if (star === undefined) {
    requireLocal(principal, path, jobs.localRoots, use);
    return { path };
  }
  const { id, name, standing } = findStar(store, principal, star);
  if (standing !== "active") {
    throw new OrbitError(
      "conflict",
      `Star ${JSON.stringify(name)} takes no jobs: it is ${standing}`,
    );
  }
  if (!reachesPath(principal.scope, path)) {
    throw new OrbitError("denied", `make job: ${quote(path)} is outside of your scope`);
  }
  return { starId: id, path };
}

/** Between two Stars one dials the other, unless content may pass through here. */
function requireReach(source: Place, destination: Place, { store }: Exchange): void {
  const { starId } = source;
  if (starId === undefined || destination.starId === undefined) return;
  if (starId === destination.starId) return;
  const stars = [starId, destination.starId].map((id) => store.stars.byId(id as StarId));
  if (stars.some((star) => star === undefined || star.address)) return;
  const [from, to] = stars.map((star) => JSON.stringify(star!.name));
  throw new OrbitError(
    "unavailable",
    `Stars ${from} and ${to} listen nowhere, so neither can reach the other; start one with ` +
      "--listen, or let the content pass through the Nucleus (--relay)",
  );
}

/** The Nucleus's own disks hold its keys: only for admins, and only where its owner said so. */
function requireLocal(
  principal: Principal,
  path: string,
  roots: readonly ConfiguredRoot[],
  use: Use,
): void {
  const refuse = (why: string) => new OrbitError("denied", `make job on the Nucleus: ${why}`);
  if (principal.role !== "admin" || isScoped(principal.scope)) {
    throw refuse("its own disks are for admins without limits of scope; name a Star");
  }
  const within = roots.filter((root) => isBeneath(root.path, path));
  // What may be written may be read back.
  if (within.some(({ write }) => write)) return;
  if (within.length > 0 && !use.write) return;
  throw refuse(
    roots.length === 0
      ? "its own disks are closed; name a Star, or open places by [files] allowed_paths in " +
        "nucleus.toml"
      : within.length === 0
      ? `${quote(path)} isn't below [files] allowed_paths of nucleus.toml`
      : `${
        quote(path)
      } may only be read; [files] allowed_paths in nucleus.toml can say write = true`,
  );
}

function show({ star, path }: v.InferOutput<typeof place>): string {
  return `${star ?? "nucleus"}:${path}`;
}

function quote(path: string): string {
  return JSON.stringify(path.slice(0, 256));
}
