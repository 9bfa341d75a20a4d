/**
 * The data folder of a Nucleus (mode 0700): databases, the authority and its key, the Nucleus's own
 * certificate and key, all mode 0600, and the socket for commands on this machine.
 */
import { join } from "node:path";
import type { Clock } from "#core/clock.ts";
import { attempt, exists } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import {
  type Authority,
  createAuthority,
  openAuthority,
  readSecretFile,
  renewAt,
  type Secret,
  writePrivateFile,
} from "#core/identity/mod.ts";
import { createGrantKeys, type GrantKeys } from "#core/link/mod.ts";
import { escapeName } from "#core/names.ts";
import { createPrivateFolder, requirePrivateFolder } from "#core/sqlite/mod.ts";

/** The files of the data folder, beside `grid.db` and `jobs.db`. */
export const DataFile = {
  authority: "authority.crt",
  authorityKey: "authority.key",
  /** What transfers between Stars are granted with. */
  grantKey: "grant.key",
  /** What Stars check grants with. */
  grantPublicKey: "grant.pub",
  /** Commands on this machine come in here; whoever may open it is an admin. */
  socket: "admin.sock",
} as const;

/** The folder to use when none is named: the system's for root, else the user's own. */
export function defaultDataFolder(
  host: { isRoot(): boolean; env(name: string): string | undefined },
): string {
  if (host.isRoot()) return "/var/lib/orbit-nucleus";
  const home = host.env("HOME");
  const state = host.env("XDG_STATE_HOME") || (home && join(home, ".local/state"));
  if (state) return join(state, "orbit-nucleus");
  throw new OrbitError("invalid", "find data folder: HOME isn't set; name one by --data=DIR");
}

/** Whether there is a Nucleus in the folder. */
export function isNucleus(folder: string): boolean {
  const path = join(folder, DataFile.authority);
  return attempt("look for Nucleus", path, () => exists(path));
}

/**
 * Makes the folder and an authority in it.
 *
 * @throws {OrbitError} `conflict` when a Nucleus is there already.
 */
export async function createNucleus(
  folder: string,
  clock: Clock,
): Promise<{ fingerprint: string }> {
  if (isNucleus(folder)) {
    throw new OrbitError(
      "conflict",
      `make Nucleus: there is one in "${escapeName(folder)}" already; orbit-nucleus run starts it`,
    );
  }
  createPrivateFolder(folder);
  requirePrivateFolder(folder);
  const { certificatePem, keyPem, fingerprint } = await createAuthority({ clock });
  // The certificate comes last: without it there is no Nucleus yet.
  writePrivateFile(join(folder, DataFile.authorityKey), keyPem);
  writePrivateFile(join(folder, DataFile.authority), certificatePem);
  return { fingerprint };
}

/**
 * @throws {OrbitError} `not_found` when no Nucleus was made there, `corrupt` when its certificate or
 * key is damaged.
 */
export async function readAuthority(folder: string, clock: Clock): Promise<Authority> {
  if (!isNucleus(folder)) {
    throw new OrbitError(
      "not_found",
      `open Nucleus "${escapeName(folder)}": there is none; orbit-nucleus init makes one`,
    );
  }
  const path = join(folder, DataFile.authority);
  const certificatePem = attempt("read authority", path, () => Deno.readTextFileSync(path));
  const keyPem = readSecretFile(join(folder, DataFile.authorityKey));
  try {
    return await openAuthority({ certificatePem, keyPem, clock });
  } catch (cause) {
    const isDamage = cause instanceof OrbitError && ["invalid", "conflict"].includes(cause.code);
    if (!isDamage) throw cause;
    throw new OrbitError(
      "corrupt",
      `open Nucleus "${escapeName(folder)}": its authority is damaged (${cause.message}); put ` +
        `${DataFile.authority} and ${DataFile.authorityKey} back from a backup`,
      { cause },
    );
  }
}

/** The Nucleus's own certificate: its chain, its key, and when to have the next. */
export interface ServerCertificate {
  certificatePem: string;
  keyPem: Secret;
  /** Milliseconds since 1970. */
  renewAt: number;
}

/** A new certificate for the names that the Nucleus is reached by. */
export async function issueServerCertificate(
  authority: Authority,
  names: readonly string[],
): Promise<ServerCertificate> {
  const issued = await authority.issueNucleus({ names });
  const { certificatePem, keyPem } = issued;
  return { certificatePem, keyPem, renewAt: renewAt(issued) };
}

/** Reads the keys of grants; a Nucleus that has none yet gets some. */
export async function readGrantKeys(folder: string): Promise<GrantKeys> {
  const keyPath = join(folder, DataFile.grantKey);
  const publicPath = join(folder, DataFile.grantPublicKey);
  const isThere = attempt("look for key of grants", publicPath, () => exists(publicPath));
  if (isThere) {
    const publicPem = attempt("read key", publicPath, () => Deno.readTextFileSync(publicPath));
    return { privatePem: readSecretFile(keyPath), publicPem };
  }
  const keys = await createGrantKeys();
  // The public one comes last: without it both are made anew.
  writePrivateFile(keyPath, keys.privatePem);
  writePrivateFile(publicPath, keys.publicPem);
  return keys;
}
