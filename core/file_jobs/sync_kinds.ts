/** What the kinds of copying jobs make of their options. */
import { OrbitError } from "#core/errors.ts";
import type { SyncOptions } from "#core/sync/mod.ts";
import type { SyncOrder } from "./order.ts";

/**
 * The order with the options that its kind stands for.
 *
 * @throws {OrbitError} `invalid` naming an option that contradicts the kind; `unsupported` naming
 * one that can't be kept between machines.
 */
export function settleSyncOrder(order: SyncOrder): SyncOrder {
  const { kind, options } = order;
  for (const [name, isAsked] of UNSUPPORTED) {
    if (isAsked(options)) throw new OrbitError("unsupported", `${name}: not between Stars`);
  }
  const contradiction = CONTRADICTIONS[kind].find(({ name }) => Boolean(options[name]));
  if (contradiction !== undefined) {
    throw new OrbitError("invalid", `${contradiction.name}: ${contradiction.why}`);
  }
  const settled = { ...options, ...FIXED[kind] };
  if (order.explain !== undefined) settled.dryRun = true;
  if (order.manifest && settled.dryRun) {
    throw new OrbitError("invalid", "manifest: not with dryRun, which leaves nothing to be hashed");
  }
  if (settled.delete && !settled.recursive) {
    throw new OrbitError("invalid", "delete: needs recursion");
  }
  if (settled.removeSource !== undefined) requireSafeMove(settled);
  return { ...order, options: settled };
}

/** Refuses what could lose the only copy of a file that is moved. */
function requireSafeMove({ delete: deletes, followLinks, verify }: SyncOptions): void {
  const refuse = (what: string) => {
    throw new OrbitError("invalid", `${what}: not where the source's files are removed`);
  };
  // What an interrupted attempt has moved is in no source any more: the next would delete it.
  if (deletes) refuse("delete");
  // Links may lead to what isn't in the source at all.
  if (followLinks) refuse("followLinks");
  if (verify === "none") refuse('verify "none"');
}

const UNSUPPORTED: readonly [name: string, isAsked: (options: SyncOptions) => boolean][] = [
  ["--inplace", ({ inplace }) => inplace],
];

const FIXED: Record<SyncOrder["kind"], Partial<SyncOptions>> = {
  copy: {},
  sync: {},
  mirror: { delete: true },
  move: { removeSource: "all" },
};

/** Options that leave something else than what the kind promises. */
const CONTRADICTIONS: Record<SyncOrder["kind"], { name: keyof SyncOptions; why: string }[]> = {
  copy: [
    { name: "delete", why: "a copy deletes nothing; a mirror does" },
    { name: "removeSource", why: "a copy leaves its source alone; a move doesn't" },
  ],
  sync: [],
  mirror: [
    ...(["update", "existing", "ignoreExisting"] as const).map((name) => ({
      name,
      why: "a mirror leaves nothing as it was; a sync can",
    })),
    { name: "removeSource", why: "a mirror leaves its source alone; a move doesn't" },
  ],
  move: [],
};
