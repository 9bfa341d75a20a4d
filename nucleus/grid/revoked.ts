/** Certificates that are refused before their end, as Stars are told of them. */
import type { StarRegistry } from "../store/mod.ts";

/** As many as are told; of more, those that would be good for longest. */
const MAX_TOLD = 4096;

/** All that there are: whoever is told forgets what it heard before. */
export function revokedCertificates(
  stars: Pick<StarRegistry, "revokedCertificates">,
): { thumbprints: Uint8Array[] } {
  const told = stars.revokedCertificates().slice(-MAX_TOLD);
  return { thumbprints: told.map(({ thumbprint }) => Uint8Array.fromHex(thumbprint)) };
}
