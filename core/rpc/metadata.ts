/** Text that travels beside a call's messages. */
import { OrbitError } from "#core/errors.ts";
import { MAX_METADATA_BYTES } from "./limits.ts";

/** Refuses metadata that can't travel everywhere alike. @throws invalid */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(name) || /^grpc-|-bin$/.test(name)) {
      throw new OrbitError("invalid", `metadata name ${JSON.stringify(name)}: not allowed`);
    }
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw new OrbitError("invalid", `metadata ${name}: only printable ASCII can be sent`);
    }
    bytes += name.length + value.length;
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw new OrbitError(
      "exhausted",
      `metadata: ${bytes} bytes, the limit is ${MAX_METADATA_BYTES}`,
    );
  }
}
