/** How archives are compressed, and how the machine that unpacks them does it. */
import { gzipSync } from "node:zlib";

/** A method of compression. */
export interface Compression {
  /** Started on the target machine, from standard input to standard output. */
  decompress: string;
  compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/**
 * gzip is on every Linux; the others make smaller files for machines that have them. zstd is the
 * quickest to unpack.
 */
export const COMPRESSIONS = {
  gzip: {
    decompress: "gzip -dc",
    compress: (bytes) => Promise.resolve(gzipSync(bytes, { level: 9 })),
  },
  zstd: {
    decompress: "zstd -dc",
    compress: (bytes) => pipeThrough(["zstd", "-q", "-19", "-T0", "-c"], bytes),
  },
  xz: {
    decompress: "xz -dc",
    // One thread: more cut the data into pieces.
    compress: (bytes) => pipeThrough(["xz", "--lzma2=preset=9e", "-T1", "-c"], bytes),
  },
} satisfies Record<string, Compression>;

export type CompressionName = keyof typeof COMPRESSIONS;

async function pipeThrough(
  [command, ...args]: string[],
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`compress with ${command}: it isn't installed`, { cause: error });
  }
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    new Blob([bytes]).stream().pipeTo(child.stdin),
  ]);
  if (!success) throw new Error(`compress with ${command}: it failed`);
  return stdout;
}
