/** The files of Stars as systems, and which Star each is of. */
import type { StarId } from "#core/identity/mod.ts";
import type { GrantSigner } from "#core/link/mod.ts";
import { type LinkBroker, openRemoteSystem } from "#core/remote/mod.ts";
import type { Caller } from "#core/rpc/mod.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import type { Star, StarRegistry } from "../store/mod.ts";
import { createLinkBroker } from "./link_broker.ts";

/** What may be done with a system. */
export interface SystemUse {
  /** Content between two Stars may pass through the Nucleus when they can't reach each other. */
  relay: boolean;
}

/** Makes systems that know how content goes between them. */
export class StarSystems {
  readonly #stars = new WeakMap<object, StarId>();
  readonly #strict: LinkBroker;
  readonly #relaying: LinkBroker;

  constructor({ stars, signer }: { stars: StarRegistry; signer: GrantSigner }) {
    const starOf = (system: object) => this.#stars.get(system);
    this.#strict = createLinkBroker({ stars, signer, starOf, mayRelay: false });
    this.#relaying = createLinkBroker({ stars, signer, starOf, mayRelay: true });
  }

  /** The files of a Star that a caller reaches. */
  open(caller: Caller, { id, name }: Pick<Star, "id" | "name">, { relay }: SystemUse): OrbitSystem {
    const broker = relay ? this.#relaying : this.#strict;
    const system = openRemoteSystem({ caller, name, broker });
    this.#stars.set(system, id);
    return system;
  }
}
