/** Which Nucleus is meant, how it is known, and what is shown to it. */
import type { Clock } from "#core/clock.ts";
import { attempt } from "#core/deno_errors.ts";
import { formatAddress, parsePeerAddress, type PeerAddress } from "#core/config/mod.ts";
import { parseApiToken, parseCertificate, readSecret, type Secret } from "#core/identity/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { usage } from "#core/program/arguments/parse.ts";
import { parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { Host } from "#core/program/host.ts";
import { findAuthority } from "#core/rpc/find_authority.ts";
import type { HttpsTarget } from "./https.ts";
import { NUCLEUS_PORT, readSaved, type SavedNucleus } from "./saved.ts";

/** As it was given. */
export interface ConnectionSettings {
  nucleus?: string;
  tokenFile?: string;
  ca?: string;
  fingerprint?: string;
}

/** What stands for the Nucleus that was kept. */
export const SAVED = "saved";

const group = "Which Nucleus";

/** How the authority is known: for these and for `orbit nucleus add`. */
export function trustOptions<S>(of: (state: S) => ConnectionSettings): Option<S>[] {
  return [
    {
      ...{ name: "fingerprint", value: "HEX", group, completes: "none" },
      help: "know the Nucleus by its authority's fingerprint, as orbit-nucleus init printed it",
      apply: (state, value) => of(state).fingerprint = parseFingerprint(value),
    },
    {
      ...{ name: "ca", value: "FILE", group, completes: "file" },
      help: "know it by its authority's certificate instead (authority.crt of its data folder)",
      apply: (state, value) => of(state).ca = parseText("--ca", value),
    },
    {
      ...{ name: "token-file", value: "FILE", group, completes: "file" },
      help: "the API token to show, in a file that only you can read (- for standard input)",
      apply: (state, value) => of(state).tokenFile = parseText("--token-file", value),
    },
  ];
}

/** Options of every command on a grid. */
export function connectionOptions<S>(of: (state: S) => ConnectionSettings): Option<S>[] {
  return [
    {
      ...{ name: "nucleus", value: "URL", group, completes: "none" },
      help: `the Nucleus at https://HOST[:PORT] (port ${NUCLEUS_PORT} unless given); ` +
        `"${SAVED}", or nothing, for the one that orbit nucleus add keeps`,
      apply: (state, value) => of(state).nucleus = parseText("--nucleus", value),
    },
    ...trustOptions(of),
  ];
}

/** `https://HOST[:PORT]`, or without the scheme. @throws {OrbitError} `invalid`. */
export function parseNucleusUrl(option: string, text: string): PeerAddress {
  const address = parsePeerAddress(text.replace(/\/$/, ""), NUCLEUS_PORT);
  return address ?? refuseValue(option, text, "an address such as https://nucleus.lan:50050");
}

/**
 * Finds out which Nucleus is meant and gets to know it; nothing is said to it yet.
 *
 * @throws {OrbitError} `invalid` when something is missing, `denied` when another answers there.
 */
export async function findTarget(
  settings: ConnectionSettings,
  host: Host,
  clock: Clock,
  signal: AbortSignal,
): Promise<HttpsTarget> {
  const saved = readSaved(host);
  const address = addressOf(settings, saved);
  const isSaved = saved !== undefined &&
    formatAddress(saved.address) === formatAddress(address);
  const known = isSaved ? saved : undefined;
  const authorityPem = await findTrust(settings, address, { known, clock, signal });
  return { address, authorityPem, token: await findToken(settings, known, signal) };
}

function addressOf({ nucleus }: ConnectionSettings, saved?: SavedNucleus): PeerAddress {
  if (nucleus !== undefined && nucleus !== SAVED) return parseNucleusUrl("--nucleus", nucleus);
  if (saved !== undefined) return saved.address;
  throw usage("--nucleus: is needed: where the Nucleus is; or keep one: orbit nucleus add URL");
}

/** The authority's certificate, from a file or from the Nucleus itself, by its fingerprint. */
export async function findTrust(
  { ca, fingerprint }: ConnectionSettings,
  address: PeerAddress,
  { known, clock, signal }: { known?: SavedNucleus; clock: Clock; signal: AbortSignal },
): Promise<string> {
  if (ca !== undefined && fingerprint !== undefined) {
    throw usage("--ca, --fingerprint: only one of them can be given");
  }
  if (fingerprint !== undefined) {
    return await findAuthority(address, fingerprint, { clock, signal });
  }
  if (ca !== undefined) {
    const pem = attempt("read authority", ca, () => Deno.readTextFileSync(ca));
    if (parseCertificate(pem).role === "authority") return pem;
    throw usage(`--ca "${ca}": is no authority's certificate`);
  }
  if (known !== undefined) return known.authorityPem;
  throw usage("--fingerprint: is needed, or --ca: how to know that it is the right Nucleus");
}

/** @throws {OrbitError} `invalid`; never showing it. */
export async function findToken(
  { tokenFile }: ConnectionSettings,
  known: SavedNucleus | undefined,
  signal: AbortSignal,
): Promise<Secret> {
  if (tokenFile === undefined) {
    if (known !== undefined) return known.token;
    throw usage("--token-file: is needed: a file with an API token");
  }
  const isFile = tokenFile !== "-";
  const { secret } = await readSecret({
    what: "API token",
    file: isFile ? tokenFile : undefined,
    stdin: isFile ? undefined : Deno.stdin.readable,
    signal,
  });
  parseApiToken(secret.reveal());
  return secret;
}

function parseFingerprint(value: string): string {
  const hex = value.toLowerCase().replaceAll(":", "");
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    refuseValue("--fingerprint", value, "a fingerprint: 64 hexadecimal digits");
  }
  return hex;
}
