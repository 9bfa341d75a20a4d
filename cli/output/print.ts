/** Output of commands that say little. */
import type { Host } from "../host.ts";
import { OutputBuffer } from "./buffer.ts";
import { escapeMessage } from "./message.ts";

/** Writes text to standard output. */
export function printText(host: Pick<Host, "stdout">, text: string): void {
  const buffer = new OutputBuffer(host.stdout);
  buffer.write(text);
  buffer.flush();
}

/** Writes `orbit: MESSAGE` as one safe line to standard error. */
export function warn(host: Pick<Host, "stderr">, message: string): void {
  const buffer = new OutputBuffer(host.stderr);
  buffer.writeLine(`orbit: ${escapeMessage(message)}`);
  buffer.flush();
}
