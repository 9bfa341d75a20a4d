/** Names in JSON. */
import { encodeName, isText } from "#core/names.ts";

/** The name's field, and its exact bytes when it isn't text. */
export function nameFields<F extends string>(
  field: F,
  name: string,
): Record<F, string> & Partial<Record<`${F}Bytes`, string>> {
  const fields: Record<string, string> = { [field]: name };
  if (!isText(name)) fields[`${field}Bytes`] = encodeName(name).toBase64();
  return fields as ReturnType<typeof nameFields<F>>;
}
