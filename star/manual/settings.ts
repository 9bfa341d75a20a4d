/** What manual mode runs with, checked before anything is opened. */
import {
  formatAddress,
  isLoopback,
  type ListenAddress,
  type PeerAddress,
} from "#core/config/addresses.ts";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { readSecret } from "#core/identity/read_secret.ts";
import { Secret } from "#core/identity/secret.ts";
import { readSecretFile } from "#core/identity/secret_file.ts";
import {
  type ConfiguredRoot,
  findRoots,
  requireHiddenFile,
  type Root,
} from "#core/program/roots.ts";
import type { Peers } from "./peers.ts";

/** What the options name. */
export interface ManualSources {
  roots: readonly ConfiguredRoot[];
  port?: number;
  host: string;
  token?: string;
  tokenFile?: string;
  authSecret?: string;
  authSecretFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
  peers: readonly PeerAddress[];
  peerCa?: string;
}

/** A certificate to serve with. */
export interface ManualTls {
  certificatePem: string;
  keyPem: Secret;
  /** Of the authority that clients need a certificate of; anyone may come when left out. */
  authorityPem?: string;
}

/** What manual mode runs with. */
export interface ManualSettings {
  roots: readonly Root[];
  listen: ListenAddress;
  token: Secret;
  authSecret: Secret;
  /** Whom files may be fetched from. */
  peers: Peers;
  tls?: ManualTls;
}

/**
 * Reads secrets and certificates, and looks at the roots.
 *
 * @throws {OrbitError} `invalid` naming what is missing, empty, or not safe; `denied` for a secret
 * file that others can read.
 */
export async function readManualSettings(
  sources: ManualSources,
  env: (name: string) => string | undefined,
): Promise<ManualSettings> {
  const { port, host } = sources;
  if (port === undefined) throw refuse("--port: is needed: the port to listen on");
  if (sources.roots.length === 0) {
    throw refuse("--allow: is needed: the directories that callers may touch");
  }
  const roots = findRoots(sources.roots);
  const listen = { host, port };
  const tls = readTls(sources);
  if (tls === undefined && !isLoopback(listen)) {
    throw refuse(
      `listen on ${formatAddress(listen)}: others can reach it, and without TLS they could read ` +
        "along; give --tls-cert and --tls-key, or --host=127.0.0.1",
    );
  }
  const token = await findSecret("token", {
    option: sources.token,
    file: sources.tokenFile,
    env: { name: "ORBIT_STAR_TOKEN", value: env("ORBIT_STAR_TOKEN") },
  });
  const authSecret = await findSecret("auth-secret", {
    option: sources.authSecret,
    file: sources.authSecretFile,
    env: { name: "ORBIT_AUTH_SECRET", value: env("ORBIT_AUTH_SECRET") },
  });
  for (const path of [sources.tokenFile, sources.authSecretFile, sources.tlsKey]) {
    if (path === undefined) continue;
    requireHiddenFile(roots, path, { what: "secret file", against: "reading" });
  }
  return { roots, listen, token, authSecret, peers: readPeers(sources, tls), tls };
}

async function findSecret(
  name: string,
  { option, file, env }: {
    option: string | undefined;
    file: string | undefined;
    env: { name: string; value: string | undefined };
  },
): Promise<Secret> {
  if (option !== undefined && file !== undefined) {
    throw refuse(`--${name}, --${name}-file: only one of them can be given`);
  }
  if (option === "") throw refuse(`--${name}: it is empty, so anybody could guess it`);
  if (option !== undefined) return new Secret(option);
  if (file === undefined && env.value === undefined) {
    throw refuse(`--${name}: is needed, or --${name}-file, or the variable ${env.name}`);
  }
  return (await readSecret({ what: name, file, env })).secret;
}

function readTls({ tlsCert, tlsKey, tlsCa }: ManualSources): ManualTls | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw refuse("--tls-cert, --tls-key: TLS needs both of them");
  }
  return {
    certificatePem: readPem(tlsCert),
    keyPem: readSecretFile(tlsKey),
    authorityPem: tlsCa === undefined ? undefined : readPem(tlsCa),
  };
}

/** A peer is met with this Star's own certificate, where it has one. */
function readPeers({ peers, peerCa }: ManualSources, own: ManualTls | undefined): Peers {
  const authorityPem = peerCa === undefined ? own?.authorityPem : readPem(peerCa);
  if (authorityPem === undefined) return { addresses: peers };
  const { certificatePem, keyPem } = own ?? {};
  return { addresses: peers, tls: { authorityPem, certificatePem, keyPem } };
}

function readPem(path: string): string {
  return attempt("read certificate", path, () => Deno.readTextFileSync(path));
}

function refuse(message: string): OrbitError {
  return new OrbitError("invalid", message);
}
