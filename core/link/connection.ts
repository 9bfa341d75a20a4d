/** One TLS connection to a Star, and how it is made. */
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import { abortable } from "#core/system/abortable.ts";
import { dialEach, type DialRule } from "./dialable.ts";

/** What this Star shows, and whom it believes. */
export interface LinkCredentials {
  readonly authorityPem: string;
  readonly certificatePem: string;
  readonly keyPem: Secret;
}

/** Bytes both ways, whoever dialled. */
export interface LinkConnection {
  /** At most as many as fit; null at the end. One call at a time. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** All of them. */
  write(bytes: Uint8Array): Promise<void>;
  /** At once: what waits for it fails, or is told of an end. */
  close(): void;
}

/** The `errno` of a Star that couldn't be dialled. */
export const UNREACHED = "EHOSTUNREACH";

/** Whether a Star couldn't even begin, because it reached nobody. */
export function isUnreached(error: unknown): error is OrbitError {
  return error instanceof OrbitError && error.detail.errno === UNREACHED;
}

/** How long dialling may take, all addresses of a name together. */
const DIAL_MS = 10_000;

/** The name that TLS asks for and checks, where that isn't the address. Deno's own for `fetch`. */
const SERVER_NAME = Symbol.for("unstableServerName");

/** What a Star shows to those whom it dials, and whom it dials. */
export interface DialOptions extends DialRule {
  credentials: LinkCredentials;
  signal: AbortSignal;
}

/**
 * Dials an address for the Star of a name. Deno knows no documented way to expect another name than
 * the address; one that no longer knew this one would expect the address, which no Star's
 * certificate has, and refuse every Star.
 */
export async function dialStar(
  address: PeerAddress,
  serverName: string,
  { credentials, signal, ...rule }: DialOptions,
): Promise<LinkConnection> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]);
  const dial = (one: PeerAddress, share: number) => {
    const own = AbortSignal.any([either, AbortSignal.timeout(DIAL_MS * share)]);
    return connectTls(one, serverName, { credentials, signal: own });
  };
  try {
    return toLink(await abortable(either, dialEach(address, rule, dial)));
  } catch (error) {
    signal.throwIfAborted();
    const text = `link to ${formatAddress(address)}: ${(error as Error).message}`;
    throw new OrbitError("unavailable", text, {
      cause: error,
      detail: { retryable: true, side: "source", errno: UNREACHED },
    });
  }
}

async function connectTls(
  { host, port }: PeerAddress,
  serverName: string,
  { credentials, signal }: Pick<DialOptions, "credentials" | "signal">,
): Promise<Deno.TlsConn> {
  signal.throwIfAborted();
  const { authorityPem, certificatePem, keyPem } = credentials;
  const options = {
    ...{ hostname: host, port, [SERVER_NAME]: serverName },
    ...{ caCerts: [authorityPem], cert: certificatePem, key: keyPem.reveal() },
    alpnProtocols: ["http/1.1"],
  };
  const dialling = Deno.connectTls(options).then(async (connection) => {
    try {
      await abortable(signal, connection.handshake());
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  });
  try {
    return await abortable(signal, dialling);
  } catch (error) {
    // One that comes too late isn't kept.
    dialling.then((late) => late.close(), () => {});
    throw error;
  }
}

function toLink(connection: Deno.TlsConn): LinkConnection {
  return {
    read: (into) => connection.read(into),
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    },
    close() {
      try {
        connection.close();
      } catch {
        // It is closed already.
      }
    },
  };
}
