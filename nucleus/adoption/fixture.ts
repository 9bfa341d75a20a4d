/** What the tests of this folder share. */
import { create } from "@bufbuild/protobuf";
import {
  type Authority,
  createAuthority,
  createKeyAndRequest,
  openAuthority,
  parseJoinToken,
  type Secret,
} from "#core/identity/mod.ts";
import { type JoinRequest, JoinRequestSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Actor } from "../audit/mod.ts";
import { TemporaryGrid } from "../store/fixture.ts";
import {
  type Adoption,
  type AdoptionOptions,
  createAdoption,
  type JoinTokenRequest,
  type StarEvent,
} from "./mod.ts";

export const ADMIN: Actor = { kind: "cli", id: "root" };
export const ADDRESS = "192.0.2.7:40000";

/** A grid whose decisions can be looked at. */
export class TemporaryAdoption implements AsyncDisposable {
  readonly events: StarEvent[] = [];

  private constructor(
    readonly grid: TemporaryGrid,
    readonly authority: Authority,
    readonly adoption: Adoption,
  ) {
    adoption.listen((event) => this.events.push(event));
  }

  static async open(options: Partial<AdoptionOptions> = {}): Promise<TemporaryAdoption> {
    const grid = new TemporaryGrid();
    const { store, clock } = grid;
    const { certificatePem, keyPem } = await createAuthority({ clock });
    const authority = await openAuthority({ certificatePem, keyPem, clock });
    const adoption = createAdoption({ store, authority, clock, ...options });
    return new TemporaryAdoption(grid, authority, adoption);
  }

  /** A join token's text. */
  token(request: JoinTokenRequest = {}): Secret {
    return this.adoption.createToken(request, ADMIN).text;
  }

  /** The last records of the audit log, the newest first, in a few words each. */
  audited(limit = 100): string[] {
    return this.grid.store.audit.list({ limit }).map(({ action, outcome, reason }) =>
      [action, outcome, reason].filter(Boolean).join(" ")
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.grid[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** A certificate request; making one takes longer than checking it. */
export const CSR = (await createKeyAndRequest()).csrPem;

export function joinRequest(token: Secret, changes: Partial<JoinRequest> = {}): JoinRequest {
  const { id: tokenId, secret } = parseJoinToken(token.reveal());
  return create(JoinRequestSchema, {
    ...{ tokenId, tokenSecret: secret.reveal(), certificateRequest: CSR },
    ...{ hostname: "nas.local", version: "1.0.0" },
    ...changes,
  });
}
