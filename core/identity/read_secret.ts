/** Where a secret comes from: a file, standard input, or a variable; never the command line. */
import { OrbitError } from "#core/errors.ts";
import { Secret } from "./secret.ts";
import { MAX_SECRET_BYTES, parseSecret, readSecretFile } from "./secret_file.ts";

/** Where a secret may be; the first that is given, in this order, is read and no other. */
export interface SecretSources {
  signal?: AbortSignal;
  /** What it is to people, for errors: `join token`. */
  what: string;
  /** The path of a file that only its owner may read. */
  file?: string;
  /** Standard input, where that was asked for: its first line is the secret. */
  stdin?: ReadableStream<Uint8Array>;
  /** An environment variable, where it is set. */
  env?: { name: string; value: string | undefined };
}

/** A secret and where it was found, for messages. */
export interface FoundSecret {
  secret: Secret;
  /** `file "/path"`, `standard input`, or `variable NAME`. */
  from: string;
}

/**
 * Reads a secret from the first source that is given: the file, then standard input, then the
 * variable. A source that is given and bad is an error, not a reason to go on to the next.
 *
 * @throws {OrbitError} `not_found` when no source is given; as {@linkcode readSecretFile} for the
 * file; `invalid` for the others when empty, larger than 64 KiB, or not UTF-8. Rejects with
 * `signal.reason` when the signal aborts first.
 */
export async function readSecret(sources: SecretSources): Promise<FoundSecret> {
  const { what, file, stdin, env, signal } = sources;
  signal?.throwIfAborted();
  if (file !== undefined) {
    return { secret: readSecretFile(file), from: `file ${JSON.stringify(file)}` };
  }
  if (stdin !== undefined) {
    const line = await readFirstLine(stdin, signal);
    return { secret: parseSecret(line, `${what} from standard input`), from: "standard input" };
  }
  if (env?.value !== undefined) {
    const from = `variable ${env.name}`;
    return {
      secret: parseSecret(new TextEncoder().encode(env.value), `${what} from ${from}`),
      from,
    };
  }
  throw new OrbitError("not_found", `read ${what}: none was given`);
}

/** The bytes up to the first newline, or to the end, or just too many to be a secret. */
async function readFirstLine(
  stream: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const reader = stream.getReader();
  const abort = () => reader.cancel(signal!.reason).catch(() => {});
  signal?.addEventListener("abort", abort, { once: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (length <= MAX_SECRET_BYTES) {
      const { value, done } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      const end = value.indexOf(0x0a);
      const part = end < 0 ? value : value.subarray(0, end + 1);
      chunks.push(part.slice(0, MAX_SECRET_BYTES + 1 - length));
      length += part.length;
      if (end >= 0) break;
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    reader.releaseLock();
  }
  return join(chunks);
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
