/** Reading the manifest of a sync that a grid did. */
import { type GridApi, type ManifestPageShape, segment } from "#core/grid_api/mod.ts";
import type { ManifestFile } from "#core/sync/manifest.ts";
import { lasting, type Reader } from "./lasting.ts";

/** Files of one page: fewer bytes than one answer may have, also where names are long and odd. */
const PAGE = 250;

/** Page by page, in order and each once, though the connection is lost in between. */
export function manifestPages(
  { api, ...reader }: Reader & { api: GridApi },
  id: string,
): AsyncGenerator<ManifestFile[]> {
  const { signal } = reader;
  let after: number | undefined;
  return lasting(reader, async function* (isWell) {
    for (;;) {
      const ask = { query: { after, limit: PAGE }, signal };
      const page = await api.json<ManifestPageShape>(`/jobs/${segment(id)}/manifest`, ask);
      isWell();
      yield page.files;
      if (page.next === undefined) return;
      after = page.next;
    }
  });
}
