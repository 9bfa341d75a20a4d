/** A Star's next certificate. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Caller } from "#core/rpc/mod.ts";
import { NucleusService } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { checkCredentials, type CheckedCredentials } from "../credentials.ts";

const TIMEOUT_MS = 30_000;

/**
 * Makes a new key and gets a certificate for it; what comes back is checked, since a Nucleus may be
 * mistaken, too.
 *
 * @throws {OrbitError} what the Nucleus refuses it with; `corrupt` for a certificate that isn't a
 * later one of this very Star.
 */
export async function renewCredentials(
  caller: Pick<Caller, "unary">,
  current: CheckedCredentials,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<CheckedCredentials> {
  // Loaded only now: it costs megabytes, and most of a Star's life it isn't needed.
  const { checkChain, createKeyAndRequest } = await import("#core/identity/mod.ts");
  const { keyPem, csrPem } = await createKeyAndRequest();
  const { certificate } = await caller.unary(
    NucleusService.method.renew,
    { certificateRequest: csrPem },
    { signal, timeoutMs: TIMEOUT_MS },
  );
  const { authorityPem, starId, notAfter } = current;
  checkChain(certificate, authorityPem, clock);
  const next = check({ certificatePem: certificate, keyPem, authorityPem });
  if (next.starId !== starId) throw useless(`it is Star ${next.starId}'s`);
  if (next.notAfter <= notAfter) throw useless("it ends no later than the one before");
  return next;
}

function check(credentials: Parameters<typeof checkCredentials>[0]): CheckedCredentials {
  try {
    return checkCredentials(credentials);
  } catch (cause) {
    throw useless((cause as Error).message);
  }
}

function useless(why: string): OrbitError {
  return new OrbitError(
    "corrupt",
    `renew certificate: what the Nucleus gave can't be used: ${why}`,
  );
}
