/** The files of Stars as systems, and which Star each is of. */
import type { SystemUse } from "#core/file_jobs/mod.ts";
import type { StarId } from "#core/identity/mod.ts";
import type { GrantSigner } from "#core/link/mod.ts";
import { openRemoteSystem } from "#core/remote/mod.ts";
import type { Caller } from "#core/rpc/mod.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import type { Star, StarRegistry } from "../store/mod.ts";
import { createLinkBroker } from "./link_broker.ts";

/** What they are made with. */
export interface StarSystemsServices {
  stars: StarRegistry;
  signer: GrantSigner;
  /** So many bytes went from Star to Star through here. */
  onRelayed?: (bytes: number) => void;
}

/** Makes systems that know how content goes between them. */
export class StarSystems {
  readonly #services: StarSystemsServices;
  readonly #stars = new WeakMap<object, StarId>();

  constructor(services: StarSystemsServices) {
    this.#services = services;
  }

  /** The files of a Star that a caller reaches. */
  open(
    caller: Caller,
    { id, name }: Pick<Star, "id" | "name">,
    { relay, job, scope, onRelayed }: SystemUse,
  ): OrbitSystem {
    const { stars, signer } = this.#services;
    const starOf = (system: object) => this.#stars.get(system);
    const system = openRemoteSystem({
      ...{ caller, name, scope },
      broker: createLinkBroker({ stars, signer, starOf, mayRelay: relay, job, scope }),
      onRelayed: (source, bytes) => {
        // The Nucleus's own files aren't on their way from a Star.
        if (!this.#stars.has(source)) return;
        this.#services.onRelayed?.(bytes);
        onRelayed?.(bytes);
      },
    });
    this.#stars.set(system, id);
    return system;
  }
}
