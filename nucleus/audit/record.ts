/** What the audit log says, and the chain that ties each record to all before it. */
import { createHash } from "node:crypto";
import { OrbitError } from "#core/errors.ts";
import { canonicalJson, type JsonValue } from "./canonical_json.ts";

/** Who did it. */
export interface Actor {
  /** A person, a program with an API token, a Star, a person at the Nucleus's own shell, Orbit. */
  kind: "operator" | "token" | "star" | "cli" | "system";
  /** The account's name, the token's id, or the Star's id. */
  id?: string;
  /** Where from: an address, without secrets. */
  address?: string;
}

/** What somebody did, or was refused. Never put a secret into any of it. */
export interface AuditEntry {
  actor: Actor;
  /** What was to be done, as `thing.verb`: `star.join`. */
  action: string;
  /** What it was to be done to: a Star's id, a token's id, a job's. */
  target?: string;
  outcome: "allowed" | "refused";
  /** Why it was refused, in a word or a sentence. */
  reason?: string;
  /** Facts for people; a few, and short. Their names are of letters, digits and `_`. */
  detail?: { readonly [name: string]: JsonValue | undefined };
}

/** A record of the log. */
export interface AuditRecord extends AuditEntry {
  /** From 1, without gaps. */
  seq: number;
  /** Milliseconds since 1970. */
  atMs: number;
  /** SHA-256 over the hash before and this record's canonical JSON, lower hexadecimal. */
  hash: string;
}

/** What comes before the first record. */
export const GENESIS = "0".repeat(64);

/** The engine's JSON parser confuses some stranger names with each other. */
const DETAIL_NAME = /^[A-Za-z]\w*$/;

/**
 * The text of a record that its hash is made of.
 *
 * @throws {OrbitError} `invalid` when a detail's name isn't one, or a value has no JSON form.
 */
export function recordText(seq: number, atMs: number, entry: AuditEntry): string {
  const { actor, action, target, outcome, reason, detail } = entry;
  const { kind, id, address } = actor;
  for (const name of Object.keys(detail ?? {})) {
    if (DETAIL_NAME.test(name)) continue;
    throw new OrbitError("invalid", `audit ${JSON.stringify(action)}: a detail has a bad name`);
  }
  return canonicalJson({
    ...{ seq, atMs, actor: { kind, id, address }, action, target, outcome, reason, detail },
  });
}

/** The hash of a record whose predecessor has the hash `before`. */
export function chainHash(before: string, text: string): string {
  return createHash("sha256").update(before, "hex").update(text).digest("hex");
}
