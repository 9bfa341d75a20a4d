/** The taking end of a Star's Direct Links. */
import { parsePeerAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import { openLink } from "#core/link/client.ts";
import { filesOf } from "#core/link/items.ts";
import { type LinkCredentials, LinkPool } from "#core/link/pool.ts";
import type { OpenLink } from "#core/remote/link.ts";
import { STAR_PORT } from "../config/ports.ts";

/** Opens links with the Star's own certificate. */
export class Taking implements AsyncDisposable {
  readonly #pool: LinkPool;

  /** @param credentials As they are now. */
  constructor(credentials: () => LinkCredentials) {
    this.#pool = new LinkPool(credentials);
  }

  readonly open: OpenLink = async ({ address: text, serverName, grant }, request, signal) => {
    const address = parsePeerAddress(text, STAR_PORT);
    if (address === undefined) throw new OrbitError("invalid", "open link: the address is none");
    const target = { address, serverName, grant };
    return await openLink(target, filesOf(request), this.#pool, { signal });
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }
}
