/** Grants that no Star may give files for, and the one that it may. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock, systemClock } from "#core/clock.ts";
import { createStarId, parseCertificate } from "#core/identity/mod.ts";
import {
  createGrantKeys,
  type Grant,
  type GrantKeys,
  GrantSigner,
  hashItems,
  type LinkCredentials,
  type LinkFiles,
  LinkPool,
  openLink,
} from "#core/link/mod.ts";
import { importPKCS8, SignJWT } from "jose";
import { readGrantKeys } from "../../nucleus/data/folder.ts";
import { type CheckedCredentials, parseCredentials } from "../../star/credentials.ts";
import { StateFile } from "../../star/state.ts";
import { starServerName } from "#core/identity/mod.ts";
import type { StarProgram, TwoStars } from "./two_stars.ts";

/** One who knows what Stars and Nucleus of a test keep secret. */
export class Forger implements AsyncDisposable {
  readonly #pools: LinkPool[] = [];

  private constructor(
    readonly grid: TwoStars,
    readonly keys: GrantKeys,
    readonly files: LinkFiles,
  ) {}

  /** @param file What a good grant is for, on the Star `from`. */
  static async open(grid: TwoStars, file: string): Promise<Forger> {
    const items = [{ source: 0, path: file }];
    const files = { sources: [grid.from.files], items, followLinks: false };
    return new Forger(grid, await readGrantKeys(grid.data), files);
  }

  credentials(star: StarProgram): CheckedCredentials {
    return parseCredentials(readFileSync(join(star.state, StateFile.credentials), "utf8"));
  }

  /** What a grant of the Nucleus's would allow the Star `to`. */
  get allowed(): Omit<Grant, "id" | "issuedAtMs" | "expiresAtMs"> {
    return {
      source: this.credentials(this.grid.from).starId,
      address: `127.0.0.1:${this.grid.from.port}`,
      destinationThumbprint: parseCertificate(this.credentials(this.grid.to).certificatePem)
        .thumbprint,
      itemsHash: hashItems(this.files),
      maxBytes: 1 << 20,
    };
  }

  async sign(changes: Partial<Grant> = {}, { keys = this.keys, agoMs = 0 } = {}): Promise<string> {
    const clock = new ManualClock(systemClock.now() - agoMs);
    const signer = await GrantSigner.open(keys.privatePem, clock);
    return (await signer.sign({ ...this.allowed, ...changes }, 60_000)).token;
  }

  /** Shows a grant to the Star `from`, as a Star. */
  async show(
    grant: string,
    { star = this.grid.to, files = this.files }: { star?: StarProgram; files?: LinkFiles } = {},
  ): Promise<void> {
    const credentials: LinkCredentials = this.credentials(star);
    const pool = new LinkPool(() => credentials);
    this.#pools.push(pool);
    const address = { host: "127.0.0.1", port: this.grid.from.port };
    const serverName = starServerName(this.allowed.source);
    await using _ = await openLink({ address, serverName, grant }, files, pool);
  }

  /** Each way to be refused, by name. */
  async attempts(): Promise<Record<string, () => Promise<void>>> {
    const good = await this.sign();
    const [head, body, signature] = good.split(".");
    const other = { ...this.files, items: [{ source: 0, path: "other" }] };
    const key = await importPKCS8(this.keys.privatePem.reveal(), "EdDSA");
    const bare = new SignJWT({}).setProtectedHeader({ alg: "EdDSA", typ: "orbit-grant+jwt" });
    const texts = {
      nothing: "",
      none: `${encode({ alg: "none", typ: "orbit-grant+jwt" })}.${body}.`,
      "another algorithm": await this.#signedWithPublicKey(body),
      "another type": `${encode({ alg: "EdDSA" })}.${body}.${signature}`,
      "another signature": `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      "another body": `${head}.${encode({ iss: "orbit-nucleus" })}.${signature}`,
      "another key": await this.sign({}, { keys: await createGrantKeys() }),
      "no claims": await bare.sign(key),
      expired: await this.sign({}, { agoMs: 7_200_000 }),
      "not yet good": await this.sign({}, { agoMs: -600_000 }),
      "another Star's": await this.sign({ source: createStarId() }),
      "1 MB": `${good}${"A".repeat(1 << 20)}`,
    };
    const fresh = await this.sign();
    return {
      ...Object.fromEntries(
        Object.entries(texts).map(([name, text]) => [name, () => this.show(text)]),
      ),
      "another peer": () => this.show(fresh, { star: this.grid.from }),
      "other files": () => this.show(fresh, { files: other }),
    };
  }

  /** With the key that everybody may know, as if it were a secret. */
  async #signedWithPublicKey(body: string): Promise<string> {
    const secret = new TextEncoder().encode(this.keys.publicPem);
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
    const text = `${encode({ alg: "HS256", typ: "orbit-grant+jwt" })}.${body}`;
    const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
    return `${text}.${base64url(new Uint8Array(signature))}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pool of this.#pools) await pool[Symbol.asyncDispose]();
  }
}

function encode(part: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(part)));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
