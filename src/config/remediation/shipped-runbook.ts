import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { readingOf } from "../reading.ts";
import { reporterFor, reportIssues, schemaWording } from "../schema-issues.ts";
import { readYaml } from "../yaml-source.ts";
import { shippedRunbookSchema } from "./remediation-schema.ts";
import { fillSettings } from "./runbook-texts.ts";
import { draftAt, type RunbookDraft } from "./runbooks.ts";

/** A runbook that comes with Watchkeeper: what a configuration begins from that says `use`. */
export interface ShippedRunbook extends RunbookDraft {
  readonly name: string;
  readonly description: string;
}

/** A runbook where there are no errors, and everything there is to say about the file. */
export interface ParsedRunbook {
  readonly runbook?: ShippedRunbook;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a runbook file. */
export function parseRunbook(content: string | Uint8Array, file: string): ParsedRunbook {
  const source = readYaml(content, file);
  const reporter = reporterFor(source);
  if (hasErrors(reporter.diagnostics)) return { diagnostics: reporter.diagnostics };
  const reading = readingOf(reporter);
  const form = shippedRunbookSchema.safeParse(source.value, { error: schemaWording });
  if (form.error) reportIssues(form.error.issues, reporter);
  const draft = draftAt([], reading);
  fillSettings(draft, draft.settings, (name) =>
    reading.error("unknown-setting", `"$with.${name}" isn't among the settings of this file`, []),
  );
  if (hasErrors(reporter.diagnostics) || !form.data) return { diagnostics: reporter.diagnostics };
  const { runbook: name, description } = form.data;
  return { runbook: { ...draft, name, description }, diagnostics: reporter.diagnostics };
}
