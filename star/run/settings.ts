/** What a Star runs with: its identity, its configuration and the options, put together. */
import { join } from "node:path";
import type { ListenAddress, PeerAddress } from "#core/config/addresses.ts";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { readSecretFile } from "#core/identity/secret_file.ts";
import type { LogFormat, LogLevel } from "#core/log/mod.ts";
import { escapeName } from "#core/names.ts";
import { type ConfiguredRoot, requireHiddenFile, type Root } from "#core/program/roots.ts";
import type { Timetable } from "#core/bandwidth/timetable.ts";
import type { StarConfig } from "../config/read.ts";
import { type CheckedCredentials, parseCredentials } from "../credentials.ts";
import { defaultStateFolder, parseIdentity, type StarIdentity, StateFile } from "../state.ts";
import { chooseRoots, requireHiddenFolder } from "./roots.ts";

/** What the options of `orbit-star run` add up to. */
export interface RunOptions {
  config?: string;
  state?: string;
  roots: ConfiguredRoot[];
  listen?: ListenAddress;
  advertise?: PeerAddress;
  logLevel?: LogLevel;
  logFormat?: LogFormat;
}

/** What a Star runs with. */
export interface RunSettings {
  /** The state folder. */
  folder: string;
  identity: StarIdentity;
  credentials: CheckedCredentials;
  roots: readonly Root[];
  nucleus: PeerAddress;
  listen?: ListenAddress;
  advertise?: PeerAddress;
  maxCalls: number;
  maxHashBytes: number;
  /** What Direct Links may give to, and take from, other Stars each second. */
  upload: Timetable;
  download: Timetable;
  /** Remember which chunks files are made of. */
  universe: boolean;
  logLevel: LogLevel;
  logFormat: LogFormat;
}

/** Where the configuration is when it isn't named, beside `star.toml` in the state folder. */
const SYSTEM_CONFIG = "/etc/orbit/star.toml";
const MAX_CALLS = 64;
const MAX_HASH_BYTES = 2 ** 40;

/** The parts of the process that settings depend on. */
export type SettingsHost = Parameters<typeof defaultStateFolder>[0];

/**
 * Reads all that a Star needs. An option goes before the configuration's own setting.
 *
 * @throws {OrbitError} `not_found` when this machine hasn't joined, `corrupt` when what it kept
 * then can't be used, `invalid` for roots that can't be or a configuration that is wrong.
 */
export async function readSettings(
  options: RunOptions,
  host: SettingsHost,
): Promise<RunSettings> {
  const place = options.state ?? defaultStateFolder(host);
  const configPath = options.config ?? findConfig(place);
  const config = configPath === undefined ? undefined : await readConfig(configPath);
  const folder = options.state ?? config?.state.directory ?? place;
  const { identity, credentials } = readState(folder);
  const configured = config?.roots ?? [];
  const roots = chooseRoots({ options: options.roots, configured, token: identity.roots });
  requireHiddenFolder(roots, folder);
  if (configPath !== undefined) {
    requireHiddenFile(roots, configPath, { what: "configuration", against: "writing" });
  }
  const listen = options.listen ?? config?.listen.address;
  const advertise = options.advertise ?? config?.listen.advertise;
  if (advertise !== undefined && listen === undefined) {
    throw new OrbitError(
      "invalid",
      "an address to advertise is given, but none to listen on: give --listen=ADDRESS too",
    );
  }
  return {
    folder,
    identity,
    credentials,
    roots,
    nucleus: config?.nucleus.address ?? identity.nucleus,
    listen,
    advertise,
    maxCalls: Number(config?.limits.concurrent_calls ?? MAX_CALLS),
    upload: config?.limits.upload ?? [],
    download: config?.limits.download ?? [],
    universe: config?.universe.enabled ?? true,
    maxHashBytes: Number(config?.limits.hash_size ?? MAX_HASH_BYTES),
    logLevel: options.logLevel ?? config?.log.level ?? "info",
    logFormat: options.logFormat ?? config?.log.format ?? "text",
  };
}

/** The state folder that a command without a configuration of its own means. */
export async function findStateFolder(
  options: { config?: string; state?: string },
  host: SettingsHost,
): Promise<string> {
  if (options.state !== undefined) return options.state;
  const place = defaultStateFolder(host);
  const configPath = options.config ?? findConfig(place);
  const config = configPath === undefined ? undefined : await readConfig(configPath);
  return config?.state.directory ?? place;
}

function findConfig(folder: string): string | undefined {
  return [join(folder, "star.toml"), SYSTEM_CONFIG].find((path) =>
    attempt("look for configuration", path, () => {
      try {
        return Deno.statSync(path).isFile;
      } catch (error) {
        const { NotFound, PermissionDenied } = Deno.errors;
        if (error instanceof NotFound || error instanceof PermissionDenied) return false;
        throw error;
      }
    })
  );
}

/** Loaded only where there is a configuration: its reader takes memory for as long as a Star runs. */
async function readConfig(path: string): Promise<StarConfig> {
  return (await import("../config/read.ts")).readStarConfig(path);
}

/** Who this machine is. */
function readState(folder: string): { identity: StarIdentity; credentials: CheckedCredentials } {
  const path = join(folder, StateFile.identity);
  let text: string;
  try {
    text = attempt("read identity", path, () => Deno.readTextFileSync(path));
  } catch (cause) {
    if (!(cause instanceof OrbitError && cause.code === "not_found")) throw cause;
    throw new OrbitError(
      "not_found",
      `"${escapeName(folder)}": this machine hasn't joined a grid; run orbit-star join first`,
      { cause },
    );
  }
  const identity = parseIdentity(text);
  const credentials = parseCredentials(
    readSecretFile(join(folder, StateFile.credentials)).reveal(),
  );
  if (credentials.starId === identity.starId) return { identity, credentials };
  throw new OrbitError(
    "corrupt",
    `"${
      escapeName(folder)
    }": the certificate there is of Star ${credentials.starId}, and this is ` +
      `Star ${identity.starId}; run orbit-star join --force`,
  );
}
