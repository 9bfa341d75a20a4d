/** Finding out, before anything is said, that the machine at an address is the Nucleus meant. */
import { connect } from "node:tls";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { checkAuthority, checkChain, NUCLEUS_SERVER_NAME } from "#core/identity/mod.ts";
import { formatAddress, type PeerAddress } from "#core/config/mod.ts";
import { connectionTrouble } from "./connection_trouble.ts";

/** A chain has a leaf and an authority; a longer one is somebody's mistake or mischief. */
const MAX_CHAIN = 4;

/** How long a Nucleus may take to answer. */
const TIMEOUT_MS = 10_000;

/** How a Nucleus is looked for. */
export interface FindOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** What errors begin with; `reach Nucleus` when left out. */
  action?: string;
}

/**
 * Shakes hands with a Nucleus by TLS 1.3, sends it nothing, and gives its authority's certificate
 * if that is the one whose fingerprint the caller knows and it vouches for the Nucleus's own.
 *
 * @returns The authority's certificate in PEM, the only thing to trust from here on.
 * @throws {OrbitError} `unavailable` when nothing answers there, or not by TLS 1.3; `denied` when
 * it is another Nucleus, or somebody in between.
 */
export async function findAuthority(
  hub: PeerAddress,
  fingerprint: string,
  { clock, signal, action = "reach Nucleus" }: FindOptions,
): Promise<string> {
  const what = `${action} at ${formatAddress(hub)}`;
  const chain = await readChain(hub, what, signal);
  const [leaf, ...rest] = chain.map(toPem);
  for (const candidate of rest) {
    await checkAuthority(candidate, fingerprint, clock);
    const { role } = await checkChain(leaf, candidate, clock);
    if (role === "nucleus") return candidate;
    throw new OrbitError(
      "denied",
      `${what}: what answers there is not a Nucleus`,
    );
  }
  throw new OrbitError(
    "denied",
    `${what}: what answers there shows no authority, so it is not a Nucleus`,
  );
}

/** The DER certificates that a server shows, its own first. */
async function readChain(
  hub: PeerAddress,
  what: string,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const socket = connect({
    host: hub.host,
    port: hub.port,
    servername: NUCLEUS_SERVER_NAME,
    // Nothing is trusted yet: the chain is judged above, and nothing is sent before that.
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    // Either will do: nothing is said in it.
    ALPNProtocols: ["http/1.1", "h2"],
  });
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    await connected(socket, what, either);
    return certificatesOf(socket.getPeerCertificate(true));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    socket.destroy();
  }
}

function connected(socket: TLSSocket, what: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new OrbitError("unavailable", `${what}: ${why}`, {
          detail: { retryable: true },
        }),
      );
    socket.once("secureConnect", () => resolve());
    socket.once("error", (error) => fail(connectionTrouble(error.message)));
    socket.once("close", () => fail("the connection was closed before it was secure"));
    signal.addEventListener("abort", () => fail("no answer"), { once: true });
  });
}

function certificatesOf(leaf: PeerCertificate & { issuerCertificate?: PeerCertificate }) {
  const chain: Uint8Array[] = [];
  for (let at: typeof leaf | undefined = leaf; at?.raw && chain.length < MAX_CHAIN;) {
    const der = new Uint8Array(at.raw);
    const last = chain.at(-1);
    if (last !== undefined && last.length === der.length && last.every((b, i) => b === der[i])) {
      break; // an authority is its own issuer
    }
    chain.push(der);
    at = at.issuerCertificate as typeof leaf | undefined;
  }
  return chain;
}

function toPem(der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
