/**
 * Before any test: the schema snapshots match the handlers, so that a new operation can be tested at once.
 * A handler that doesn't even load fails the tests that need it, not all of them.
 */
export async function setup(): Promise<void> {
  try {
    const { snapshotSchemas } = await import("../scripts/snapshot-schemas.ts");
    await snapshotSchemas();
  } catch (error) {
    process.stderr.write(`schema snapshots are not up to date: ${String(error)}\n`);
  }
}
