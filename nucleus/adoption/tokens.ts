/** Making and revoking join tokens. */
import { posix, win32 } from "node:path";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import {
  type Authority,
  createJoinToken,
  JOIN_TOKEN_LIFETIME_MAX_MS,
  Secret,
} from "#core/identity/mod.ts";
import { encodeName } from "#core/names.ts";
import type { Actor } from "../audit/mod.ts";
import { DEFAULT_CONSTELLATION, type GridStore, type JoinTokenRecord } from "../store/mod.ts";

const MAX_ROOTS = 64;
const MAX_ROOT_BYTES = 4096;

/** What a join token is to be for. */
export interface JoinTokenRequest {
  /** The Star's name; what the machine calls itself when left out. */
  name?: string;
  /** `default` when left out. */
  constellation?: string;
  /** The only roots that the Star may serve, absolute paths on it; no limit when left out. */
  roots?: readonly string[];
  /** Whether the Star is active at once instead of pending; false when left out. */
  approves?: boolean;
  /** From a second to an hour; an hour when left out. */
  lifetimeMs?: number;
}

/** A join token, to be shown once. */
export interface CreatedJoinToken {
  text: Secret;
  token: JoinTokenRecord;
}

export function createStoredJoinToken(
  { store, authority, clock }: { store: GridStore; authority: Authority; clock: Clock },
  request: JoinTokenRequest,
  actor: Actor,
): CreatedJoinToken {
  const { name, approves = false, lifetimeMs = JOIN_TOKEN_LIFETIME_MAX_MS } = request;
  const { constellation = DEFAULT_CONSTELLATION, roots = [] } = request;
  checkRoots(roots);
  const authorityFingerprint = authority.fingerprint;
  const made = createJoinToken({ authorityFingerprint, clock, lifetimeMs });
  const { id, secretHash, expiresAt } = made;
  const token = store.transact(() => {
    const stored = store.joinTokens.add({
      ...{ id, secretHash, name, constellation, roots, approves, expiresAtMs: expiresAt },
    });
    store.audit.append({
      ...{ actor, action: "token.create", target: id, outcome: "allowed" },
      detail: {
        name,
        constellation,
        roots: rootsForAudit(roots),
        approves,
        expiresAtMs: expiresAt,
      },
    });
    return stored;
  });
  return { text: new Secret(made.text), token };
}

/** A record has a bounded size; the token itself has all of them. */
function rootsForAudit(roots: readonly string[]): string[] {
  return roots.slice(0, 8).map((root) => root.slice(0, 256));
}

function checkRoots(roots: readonly string[]): void {
  const refuse = (why: string) => new OrbitError("invalid", `make join token: ${why}`);
  if (roots.length > MAX_ROOTS) throw refuse(`${roots.length} roots, at most ${MAX_ROOTS}`);
  for (const root of roots) {
    const shown = JSON.stringify(root.slice(0, 256));
    const isAbsolute = posix.isAbsolute(root) || win32.isAbsolute(root);
    if (!isAbsolute || root.includes("\0")) {
      throw refuse(`the root ${shown} isn't an absolute path`);
    }
    if (encodeName(root).length > MAX_ROOT_BYTES) {
      throw refuse(`the root ${shown} is longer than ${MAX_ROOT_BYTES} bytes`);
    }
  }
}
