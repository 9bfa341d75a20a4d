/**
 * The Nucleus that `orbit nucleus add` keeps, so that `--nucleus` is needed once: its address, its
 * authority and an API token, in `$XDG_CONFIG_HOME/orbit` (default `~/.config/orbit`), files of
 * mode 0600 in a folder of mode 0700.
 */
import { join } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { formatAddress, type PeerAddress, peerAddress, readConfigFile } from "#core/config/mod.ts";
import { table } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { readSecretFile, type Secret, writePrivateFile } from "#core/identity/mod.ts";
import type { Host } from "#core/program/host.ts";
import { createPrivateFolder } from "#core/sqlite/mod.ts";

/** The port of a Nucleus unless told otherwise. */
export const NUCLEUS_PORT = 50050;

/** What is kept. */
export interface SavedNucleus {
  address: PeerAddress;
  authorityPem: string;
  token: Secret;
}

const FILES = { config: "nucleus.toml", authority: "nucleus.crt", token: "nucleus.token" };

const schema = table({ address: peerAddress({ defaultPort: NUCLEUS_PORT }) });

/** Where it is kept. @throws {OrbitError} `invalid` when neither variable names a folder. */
export function configFolder(host: Pick<Host, "env">): string {
  const config = host.env("XDG_CONFIG_HOME");
  if (config?.startsWith("/")) return `${config}/orbit`;
  const home = host.env("HOME");
  if (home?.startsWith("/")) return `${home}/.config/orbit`;
  throw new OrbitError(
    "invalid",
    "find the configuration: neither XDG_CONFIG_HOME nor HOME is an absolute path",
  );
}

/** The Nucleus that was kept; undefined when none was. @throws {OrbitError} when it can't be read. */
export function readSaved(host: Pick<Host, "env">): SavedNucleus | undefined {
  const folder = configFolder(host);
  const path = join(folder, FILES.config);
  if (!exists(path)) return undefined;
  const { address } = readConfigFile({ path, schema }).value;
  const authority = join(folder, FILES.authority);
  return {
    address,
    authorityPem: attempt("read authority", authority, () => Deno.readTextFileSync(authority)),
    token: readSecretFile(join(folder, FILES.token)),
  };
}

/** Keeps a Nucleus in the place of the one before. */
export function writeSaved(host: Pick<Host, "env">, saved: SavedNucleus): string {
  const folder = configFolder(host);
  createPrivateFolder(folder);
  writePrivateFile(join(folder, FILES.token), saved.token);
  writePrivateFile(join(folder, FILES.authority), saved.authorityPem);
  // Last: without it nothing is kept.
  const text = `address = ${JSON.stringify(formatAddress(saved.address))}\n`;
  writePrivateFile(join(folder, FILES.config), text);
  return folder;
}

/** Forgets the Nucleus that was kept; false when none was. */
export function removeSaved(host: Pick<Host, "env">): boolean {
  const folder = configFolder(host);
  const wasThere = exists(join(folder, FILES.config));
  for (const name of [FILES.config, FILES.token, FILES.authority]) {
    const path = join(folder, name);
    if (exists(path)) attempt("remove", path, () => Deno.removeSync(path));
  }
  return wasThere;
}

function exists(path: string): boolean {
  return attempt("look for", path, () => {
    try {
      Deno.lstatSync(path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}
