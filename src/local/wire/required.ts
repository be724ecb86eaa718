import { AwsError } from "../aws-error.ts";
import type { LocalService, Protocol } from "../service.ts";
import type { Member, StructureShape } from "./shape.ts";

/**
 * Refuses input that lacks required members, in the words of AWS: EC2 and SQS name the first one (MissingParameter),
 * other services list all (ValidationError, ValidationException over JSON and CBOR).
 */
export function checkRequired(
  shape: StructureShape,
  input: Readonly<Record<string, unknown>>,
  service: LocalService,
  protocol: Protocol,
): void {
  const missing: string[] = [];
  collect(shape, input, "", service.missingMember === "MissingParameter", missing);
  const [first] = missing;
  if (first === undefined) return;
  if (service.missingMember === "MissingParameter") {
    throw new AwsError("MissingParameter", `The request must contain the parameter ${first}`, 400);
  }
  const count = `${missing.length} validation error${missing.length > 1 ? "s" : ""} detected: `;
  const details = missing.map(
    (path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
  const xml = protocol === "awsQuery" || protocol === "ec2Query" || protocol === "restXml";
  throw new AwsError(xml ? "ValidationError" : "ValidationException", count + details.join("; "), 400);
}

function collect(
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
  path: string,
  plainNames: boolean,
  missing: string[],
): void {
  for (const member of shape.members) {
    const item = value[member.name];
    const name = plainNames ? member.name : member.name.charAt(0).toLowerCase() + member.name.slice(1);
    const where = path === "" ? name : `${path}.${name}`;
    if (item === undefined) {
      // Clients fill in tokens themselves; services do when they didn't.
      if (member.required && !member.traits.idempotencyToken) missing.push(where);
    } else collectInside(member, item, where, plainNames, missing);
  }
}

function collectInside(
  { shape }: Member,
  value: unknown,
  path: string,
  plainNames: boolean,
  missing: string[],
): void {
  if (shape.kind === "structure" || shape.kind === "union") {
    collect(shape, value as Record<string, unknown>, path, plainNames, missing);
  } else if (shape.kind === "list") {
    (value as readonly unknown[]).forEach((item, index) => {
      const where = `${path}.${index + 1}${plainNames ? "" : ".member"}`;
      collectInside(shape.item, item, where, plainNames, missing);
    });
  } else if (shape.kind === "map") {
    for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
      collectInside(shape.value, item, `${path}.${key}.member`, plainNames, missing);
    }
  }
}
