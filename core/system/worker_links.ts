/**
 * Symbolic links for workers without libc. Deno lets only a thread whose read and write
 * permissions have no bounds make one, which a worker's never are: it asks the pool's thread, and
 * waits. That thread makes it through a pure disk of its own, confined to the writable roots.
 */
import { OrbitError, systemError } from "#core/errors.ts";

/** What a worker asks for, beside the answers it gives. */
export interface LinkRequest {
  link: { target: string; host: string };
  /** Two words, state and length, and the answer's text. */
  answer: SharedArrayBuffer;
}

/** Makes a symbolic link at a path of the host. */
export type LinkMaker = (target: string, host: string) => void;

const enum State {
  pending,
  made,
  /** The text is the system's name for the error. */
  failed,
  /** The pool's thread lacks the permission itself. */
  notPermitted,
}

const WORDS_BYTES = 8;
const TEXT_BYTES = 64;

/** The worker's end: asks by `post` and waits for the answer. */
export function createLinkAsker(post: (request: LinkRequest) => void): LinkMaker {
  return (target, host) => {
    const answer = new SharedArrayBuffer(WORDS_BYTES + TEXT_BYTES);
    const words = new Int32Array(answer, 0, 2);
    post({ link: { target, host }, answer });
    Atomics.wait(words, 0, State.pending);
    if (words[0] === State.made) return;
    if (words[0] === State.failed) throw systemError(readText(answer, words[1]), "make link", host);
    const reason = "without libc it needs read and write permissions without bounds";
    throw new OrbitError("unsupported", `make link ${JSON.stringify(host)}: ${reason}`, {
      detail: { path: host, errno: "EOPNOTSUPP" },
    });
  };
}

/** The pool's end: makes what was asked for, beneath `roots` only, and answers. */
export async function answerLinkRequest(
  { link, answer }: LinkRequest,
  roots: readonly string[],
): Promise<void> {
  const words = new Int32Array(answer, 0, 2);
  let state = State.made;
  try {
    // Imported only when it is needed: with libc it never is.
    const { makeConfinedLink } = await import("./worker_link_maker.ts");
    makeConfinedLink(link.target, link.host, roots);
  } catch (error) {
    const failure = error instanceof OrbitError ? error : undefined;
    state = failure?.cause instanceof Deno.errors.NotCapable ? State.notPermitted : State.failed;
    words[1] = writeText(answer, failure?.detail.errno ?? "EIO");
  }
  Atomics.store(words, 0, state);
  Atomics.notify(words, 0);
}

function writeText(answer: SharedArrayBuffer, text: string): number {
  const bytes = new TextEncoder().encode(text).subarray(0, TEXT_BYTES);
  new Uint8Array(answer, WORDS_BYTES).set(bytes);
  return bytes.length;
}

function readText(answer: SharedArrayBuffer, length: number): string {
  return new TextDecoder().decode(new Uint8Array(answer, WORDS_BYTES, length).slice());
}
