/** Waiting for the first of several. */

/** Waits for the first that succeeds; when none does, rejects as the first of them. */
export async function firstOf(promises: Promise<void>[]): Promise<void> {
  try {
    await Promise.any(promises);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
