import { configurationJsonSchema } from "../../src/config/json-schema.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

const INTRO = `# The configuration

\`watchkeeper init\` writes a commented file to begin with, \`watchkeeper validate\` checks one offline, with line and column, and
\`watchkeeper validate --schema\` prints the JSON Schema that editors complete from. The words inside alarms are CloudWatch's own, with a small
first letter, so that its documentation applies. \`$resource.id\`, \`$resource.name\` and \`$resource.tags.KEY\` are the only expressions.

\`\`\`yaml
version: 1
name: web-team
regions: [eu-central-1]
policies:
  - name: production
    select: { type: ec2.instance, tags: { Managed: "Yes", Role: [web, api] } }
    pack: essentials
    overrides:
      - select: { tags: { Role: api } }
        alarms:
          cpu-high: { threshold: 90 }
    alarms:
      queue-age:
        namespace: Acme/Worker
        metricName: OldestJobSeconds
        dimensions: { InstanceId: $resource.id }
        statistic: Maximum
        period: 1m
        evaluationPeriods: 5
        datapointsToAlarm: 3
        comparisonOperator: GreaterThanThreshold
        threshold: 900
        severity: critical
severities:
  critical: { alarm: [oncall], ok: [oncall] }
topics:
  oncall: { name: CloudWatch-Alarms }
\`\`\`

Every key, from the schema that loading uses:
`;

/** \`docs/configuration.md\`, made from the schema: a table of keys for every object, in the order of the file. */
export function configurationDocs(): string {
  const root = configurationJsonSchema() as Schema & {
    readonly definitions?: Readonly<Record<string, Schema>>;
  };
  const resolve = (schema: Schema): Schema => {
    const name = (schema.$ref ?? schema.allOf?.[0]?.$ref)?.split("/").at(-1);
    if (name === undefined) return schema;
    const named = root.definitions?.[name] ?? {};
    return { ...named, description: schema.description ?? named.description ?? "" };
  };
  const lines: string[] = [INTRO];
  const seen = new Set<string>();
  const visit = (path: string, given: Schema): void => {
    const schema = resolve(given);
    const rows = Object.entries(schema.properties ?? {});
    const fingerprint = rows.map(([key]) => key).join();
    if (rows.length === 0 || seen.has(fingerprint)) return;
    seen.add(fingerprint);
    lines.push(`## ${path === "" ? "The file" : `\`${path}\``}\n`, "| key | what | form |", "|---|---|---|");
    for (const [key, child] of rows) {
      const { description = "" } = resolve(child);
      const needed = schema.required?.includes(key) ? " (needed)" : "";
      lines.push(`| \`${key}\`${needed} | ${cell(description)} | ${cell(form(child, resolve))} |`);
    }
    lines.push("");
    for (const [key, child] of rows)
      for (const [suffix, inner] of objectsIn(child, resolve)) visit(join(path, key) + suffix, inner);
  };
  visit("", root);
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Objects inside a value: itself, items of a list, values of a map. */
function objectsIn(given: Schema, resolve: (schema: Schema) => Schema): [string, Schema][] {
  const schema = resolve(given);
  const found: [string, Schema][] = [];
  if (schema.properties) found.push(["", schema]);
  for (const option of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
    found.push(...objectsIn(option, resolve));
  if (schema.items)
    for (const [rest, inner] of objectsIn(schema.items, resolve)) found.push([`[]${rest}`, inner]);
  if (typeof schema.additionalProperties === "object") {
    for (const [rest, inner] of objectsIn(schema.additionalProperties, resolve))
      found.push([`.NAME${rest}`, inner]);
  }
  return found;
}

function form(given: Schema, resolve: (schema: Schema) => Schema): string {
  const schema = resolve(given);
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (options.length > 0) return [...new Set(options.map((option) => form(option, resolve)))].join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => String(value)).join(", ");
  if (schema.items) return `list of ${form(schema.items, resolve)}`;
  if (schema.properties || schema.additionalProperties) return "mapping";
  if (schema.allOf?.[0]) return form(schema.allOf[0], resolve);
  return [schema.type ?? "any"].flat().join(" or ");
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
