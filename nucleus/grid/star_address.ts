/** Which of the addresses that Stars name are told to others, who then dial them. */
import { formatAddress, type PeerAddress } from "#core/config/mod.ts";
import { plainIp, withoutPort } from "#core/config/ip_address.ts";
import { oddHost } from "#core/config/odd_host.ts";
import type { HelloFacts } from "../store/mod.ts";

/** `any` but what leads to no other machine; only a Star's `own`, that its connection comes from. */
export type AddressRule = "any" | "own";

/** An address that is told to others, or one that isn't. */
export type JudgedAddress = Pick<HelloFacts, "address" | "refusedAddress">;

/**
 * A Star may be anybody's, and others dial what it names: that is kept from leading to what only
 * they reach, as far as an address can show it. What a name leads to is looked at by who dials.
 *
 * @param from Where the Star's control connection comes from.
 */
export function judgeAddress(said: PeerAddress, from: string, rule: AddressRule): JudgedAddress {
  const own = plainIp(withoutPort(from));
  const refuse = (why: string): JudgedAddress => ({
    refusedAddress: { address: formatAddress(said), why },
  });
  const odd = oddHost(said.host);
  const isHere = own !== undefined && oddHost(own) === "a loopback address";
  if (odd !== undefined && !(odd === "a loopback address" && isHere)) {
    return refuse(`${odd} leads others astray; start the Star with --advertise=HOST:PORT`);
  }
  if (rule === "any") return { address: formatAddress(said) };
  if (own === undefined) return refuse("it isn't known where the Star's connection comes from");
  const ip = plainIp(said.host);
  if (ip === undefined || ip === own) {
    return { address: formatAddress({ host: own, port: said.port }) };
  }
  return refuse(
    `its connection comes from ${own}, and [stars] addresses = "own" in nucleus.toml allows no ` +
      'other; where it may be reached elsewhere, that has to say "any"',
  );
}
