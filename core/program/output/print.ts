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

/** Writes `PROGRAM: MESSAGE` as one safe line to standard error. */
export function warn(host: Pick<Host, "program" | "stderr">, message: string): void {
  const buffer = new OutputBuffer(host.stderr);
  buffer.writeLine(`${host.program}: ${escapeMessage(message)}`);
  buffer.flush();
}
