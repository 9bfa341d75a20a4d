/** A giving Star on this machine, and who takes from it, for tests. */
import { createServer } from "node:http";
import { Bandwidth, type Timetable } from "#core/bandwidth/mod.ts";
import { ManualClock, systemClock } from "#core/clock.ts";
import { createStarId, parseCertificate, starServerName } from "#core/identity/mod.ts";
import { openTlsPort } from "#core/rpc/mod.ts";
import { createMemoryDisk, type Disk, openInlineSystem } from "#core/system/mod.ts";
import type { OpenOptions } from "./client.ts";
import {
  createLinkServer,
  type Grant,
  type GrantSigner,
  hashItems,
  type LinkCredentials,
  type LinkFiles,
  LinkMeter,
  LinkPool,
  openLink,
  ReplayGuard,
  type UsedEntry,
} from "./mod.ts";
import { TestNucleus } from "./test_nucleus.ts";

export const FILES: LinkFiles = {
  sources: ["/data"],
  items: [{ source: 0, path: "a" }, { source: 0, path: "b" }, { source: 0, path: "gone" }],
  followLinks: false,
};

/** A giving Star on this machine, and the credentials of two that would take. */
export class Bench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly source = createStarId();
  readonly used = new Map<string, number>();
  /** Thumbprints of certificates that nothing is given to any more. */
  readonly revoked = new Set<string>();
  taker!: LinkCredentials;
  other!: LinkCredentials;
  signer!: GrantSigner;
  port = 0;
  /** Of answers, in their order. */
  readonly statuses: number[] = [];
  readonly meter = new LinkMeter();
  /** Resolves when a used grant is on disk. */
  saving: () => Promise<void> = () => Promise.resolve();
  /** Resolves when a destination's connection was closed before its answer was over. */
  readonly left = Promise.withResolvers<void>();
  /** Resolves when content is no longer read. */
  readonly packed = Promise.withResolvers<void>();
  /** What the giving Star may give; by a clock of its own. */
  readonly limitClock = new ManualClock();
  /** Where chunks were looked for. */
  readonly looked: (readonly string[] | undefined)[] = [];

  static async start(
    files: Record<string, Uint8Array>,
    timetable?: Timetable,
  ): Promise<Bench> {
    const bench = new Bench();
    const clock = systemClock;
    const nucleus = await TestNucleus.open();
    const own = await nucleus.issue(bench.source);
    [bench.taker, bench.other] = [await nucleus.issue(), await nucleus.issue()];
    bench.signer = nucleus.signer;
    const verifier = await nucleus.verifierFor(bench.source);
    const system = bench.#stack.use(await openInlineSystem(diskWith(files), "source"));
    const save = (used: Iterable<UsedEntry>) => {
      for (const [id, at] of used) bench.used.set(id, at);
      return bench.saving();
    };
    const listener = createLinkServer({
      source: {
        name: system.name,
        within: (scope) => system.within!(scope),
        async *pack(request, options) {
          try {
            yield* system.pack(request, options);
          } finally {
            bench.packed.resolve();
          }
        },
      },
      chunks: {
        ...{ name: "universe", isHere: true },
        find: (hashes, options) => {
          bench.looked.push(options?.within);
          return Promise.resolve(hashes.filter((_, i) => i % 32 === 0));
        },
        packChunks: (_, options) => {
          bench.looked.push(options?.within);
          return system.pack({ ...FILES, items: FILES.items.slice(0, 1) });
        },
      },
      verifier: () => verifier,
      replay: new ReplayGuard(clock, { replace: save, append: save }, []),
      isRevoked: (thumbprint) => bench.revoked.has(thumbprint),
      clock,
      meter: bench.meter,
      limit: timetable && new Bandwidth(timetable, bench.limitClock),
    });
    const http = createServer((request, response) => {
      response.once("finish", () => bench.statuses.push(response.statusCode));
      response.once("close", () => bench.left.resolve());
      listener(request, response);
    });
    const port = bench.#stack.use(
      await openTlsPort({ hostname: "127.0.0.1", port: 0, tls: own, members: () => {}, http }),
    );
    bench.port = port.port;
    return bench;
  }

  grant(changes: Partial<Grant> = {}): Promise<{ token: string }> {
    return this.signer.sign({
      source: this.source,
      address: `127.0.0.1:${this.port}`,
      destinationThumbprint: parseCertificate(this.taker.certificatePem).thumbprint,
      itemsHash: hashItems(FILES),
      maxBytes: 64 * 1024 * 1024,
      ...changes,
    }, 60_000);
  }

  async open(token: string, credentials = this.taker, files = FILES, serverName?: string) {
    return await this.openAs(token, { credentials, files, serverName });
  }

  async openAs(
    token: string,
    { credentials = this.taker, files = FILES, serverName, ...options }: OpenOptions & {
      credentials?: LinkCredentials;
      files?: LinkFiles;
      serverName?: string;
    },
  ) {
    const address = { host: "127.0.0.1", port: this.port };
    const target = { address, serverName: serverName ?? starServerName(this.source), grant: token };
    const pool = this.#stack.use(new LinkPool(() => credentials));
    return await openLink(target, files, pool, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

export function diskWith(files: Record<string, Uint8Array>): Disk {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  for (const [name, content] of Object.entries(files)) {
    using file = tree.createFile(name);
    file.write(content, 0);
  }
  return disk;
}

export function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 2654435761) >>> 13;
  return bytes;
}
