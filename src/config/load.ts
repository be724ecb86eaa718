import type { Configuration } from "../model/configuration.ts";
import { sha256 } from "../support/canonical-json.ts";
import { type Diagnostic, hasErrors } from "../support/diagnostic.ts";
import { accountsFrom, expectedAccounts, regionsAt } from "./accounts.ts";
import { agentFrom } from "./agent.ts";
import { checkActions, checkSeverities, severitiesFrom, topicsFrom } from "./alarms/actions.ts";
import { checkNames } from "./alarms/alarm-names.ts";
import { policiesFrom } from "./alarms/policies.ts";
import { CONFIGURATION_VERSION, configurationSchema } from "./configuration-schema.ts";
import { notificationsFrom } from "./notifications/notifications.ts";
import { type Reading, readingOf } from "./reading.ts";
import type { ConfigRegistries } from "./registries.ts";
import { remediationFrom } from "./remediation/remediation.ts";
import { reporterFor, reportIssues, schemaWording } from "./schema-issues.ts";
import { readYaml } from "./yaml-source.ts";

/** A configuration where there are no errors, and everything there is to say about the file, in the order of its lines. */
export interface LoadedConfiguration {
  readonly configuration?: Configuration;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a whole `watchkeeper.yaml`: form, references and defaults. Every mistake is reported, with the place of the very key
 * or value. `file` is the name to show. Never throws for what a user wrote.
 */
export function loadConfiguration(
  content: string | Uint8Array,
  file: string,
  registries: ConfigRegistries,
): LoadedConfiguration {
  const source = readYaml(content, file);
  const reporter = reporterFor(source);
  const reading = readingOf(reporter);
  if (!hasErrors(reporter.diagnostics) && isReadable(reading)) {
    const form = configurationSchema.safeParse(source.value, { error: schemaWording });
    if (form.error) reportIssues(form.error.issues, reporter);
    const configuration = assemble(reading, content, file, registries);
    if (!hasErrors(reporter.diagnostics))
      return { configuration, diagnostics: inOrder(reporter.diagnostics) };
  }
  return { diagnostics: inOrder(reporter.diagnostics) };
}

/** Whether the file is for this program at all; if not, anything else to say about it would only confuse. */
function isReadable(reading: Reading): boolean {
  const { value } = reading.source;
  if (value === null || value === undefined) {
    reading.error("empty-file", "the file is empty: watchkeeper init writes one to begin with", []);
    return false;
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    reading.error("bad-value", "a configuration is a mapping that begins with version: 1", []);
    return false;
  }
  const version = reading.raw(["version"]);
  const number = Number(version);
  if (Number.isInteger(number) && number > CONFIGURATION_VERSION) {
    const message = `this file is of version ${number}; this watchkeeper reads version ${CONFIGURATION_VERSION}: upgrade watchkeeper`;
    reading.error("newer-version", message, ["version"]);
    return false;
  }
  return true;
}

function assemble(
  reading: Reading,
  content: string | Uint8Array,
  file: string,
  registries: ConfigRegistries,
): Configuration {
  const { shape } = configurationSchema;
  const expectAccounts = expectedAccounts(reading);
  const regions = regionsAt(["regions"], reading);
  const accounts = accountsFrom(reading, regions, expectAccounts);
  const policies = policiesFrom(reading, registries);
  checkNames(policies, reading);
  const topics = topicsFrom(reading);
  const severities = severitiesFrom(reading);
  checkSeverities(reading, Object.keys(severities));
  checkActions(reading, policies, topics, accounts, regions);
  const limits = reading.pick(shape.limits, ["limits"]);
  const { percent = 10, minimum = 5 } = limits?.deletes ?? {};
  const notifications = notificationsFrom(reading, registries, { accounts, regions, topics });
  const agent = agentFrom(reading, registries);
  const remediation = remediationFrom(reading, registries, notifications, policies);
  const text = typeof content === "string" ? content : new TextDecoder().decode(content);
  return {
    version: CONFIGURATION_VERSION,
    name: reading.pick(shape.name, ["name"]) ?? "",
    file,
    hash: sha256(text),
    expectAccounts,
    regions,
    accounts,
    policies,
    severities,
    topics,
    ...(notifications === undefined ? {} : { notifications }),
    ...(agent === undefined ? {} : { agent }),
    ...(remediation === undefined ? {} : { remediation }),
    limits: {
      deletes: { percent, minimum },
      ...(limits?.monthlyCost === undefined ? {} : { monthlyCost: limits.monthlyCost }),
    },
  };
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
