/** One TLS connection to a Star, and how it is made. */
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import { abortable } from "#core/system/abortable.ts";

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

/** How long dialling may take. */
const DIAL_MS = 10_000;

/** The name that TLS asks for and checks, where that isn't the address. Deno's own for `fetch`. */
const SERVER_NAME = Symbol.for("unstableServerName");

/**
 * Dials an address for the Star of a name. Deno knows no documented way to expect another name than
 * the address; one that no longer knew this one would expect the address, which no Star's
 * certificate has, and refuse every Star.
 */
export async function dialStar(
  { host, port }: PeerAddress,
  serverName: string,
  { authorityPem, certificatePem, keyPem }: LinkCredentials,
  signal: AbortSignal,
): Promise<LinkConnection> {
  const options = {
    ...{ hostname: host, port, [SERVER_NAME]: serverName },
    ...{ caCerts: [authorityPem], cert: certificatePem, key: keyPem.reveal() },
    alpnProtocols: ["http/1.1"],
  };
  const either = AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]);
  const dialling = Deno.connectTls(options).then(async (connection) => {
    try {
      await abortable(either, connection.handshake());
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  });
  try {
    return toLink(await abortable(either, dialling));
  } catch (error) {
    // One that comes too late isn't kept.
    dialling.then((late) => late.close(), () => {});
    signal.throwIfAborted();
    const text = `link to ${formatAddress({ host, port })}: ${(error as Error).message}`;
    throw new OrbitError("unavailable", text, {
      cause: error,
      detail: { retryable: true, side: "source", errno: UNREACHED },
    });
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
