/** Where a Direct Link is. */
import type { LinkSource as LinkMessage } from "#proto/gen/orbit/v1/files_pb.ts";
import type { LinkSource } from "../link.ts";
import type { Blame } from "./blame.ts";

const MAX_ADDRESS_LENGTH = 300;
const MAX_GRANT_LENGTH = 64 * 1024;
/** Stars that may help with one request. */
export const MAX_HELPERS = 8;

/** What it says is checked by who opens it, but for its length. */
export function fromLink(
  { address, serverName, grant, job, helpers }: LinkMessage,
  blame: Blame,
): LinkSource {
  if (!/^(.+:[0-9]{1,5})?$/.test(address) || address.length > MAX_ADDRESS_LENGTH) {
    throw blame("link.address", "not HOST:PORT");
  }
  if (serverName === "" || serverName.length > MAX_ADDRESS_LENGTH) {
    throw blame("link.server_name", "no name");
  }
  if (grant === "" || grant.length > MAX_GRANT_LENGTH) throw blame("link.grant", "no grant");
  if (!/^[0-9A-Za-z_-]{0,64}$/.test(job)) throw blame("link.job", "no job");
  if (helpers.length > MAX_HELPERS) throw blame("link.helpers", `${helpers.length} of them`);
  if (helpers.some((helper) => helper.helpers.length > 0)) {
    throw blame("link.helpers", "helpers have helpers");
  }
  return {
    ...{ address, serverName, grant },
    ...(job === "" ? {} : { job }),
    ...(helpers.length === 0 ? {} : { helpers: helpers.map((one) => fromLink(one, blame)) }),
  };
}
