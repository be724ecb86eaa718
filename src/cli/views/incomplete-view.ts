import type { Scope } from "../../model/scope.ts";
import type { Io } from "../io.ts";
import { printable, styleOf } from "../style.ts";

/** Says on standard error what could not be read whole, so that what is shown may lack something. */
export async function tellIncomplete(scopes: readonly Scope[], io: Io): Promise<void> {
  const style = styleOf(io.stderr, io.env);
  for (const { account, region, type, complete, error } of scopes)
    if (!complete)
      await io.stderr.write(
        `${style.red("incomplete:")} ${printable(`${account} ${region} ${type}: ${error?.message ?? "unknown reason"}`)}\n`,
      );
}
