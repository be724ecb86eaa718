// The library's face: what other programs may build on.
export { listInventory } from "./app/list-inventory.ts";
export { readConfiguration, shippedPacks } from "./app/read-configuration.ts";
export { type RunLocalOptions, type RunningLocal, runLocal } from "./app/run-local.ts";
export { systemContext } from "./app/system-context.ts";
