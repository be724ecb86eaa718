import type { Output } from "../io.ts";

/**
 * Writes an object as JSON without holding all of its text: members whose value is iterable and no string (`changes`) are written
 * item by item, one a line. Ends with a newline.
 */
export async function writeJson(output: Output, value: Readonly<Record<string, unknown>>): Promise<void> {
  let buffer = "{";
  let first = true;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    buffer += `${first ? "\n" : ",\n"}  ${JSON.stringify(key)}: `;
    first = false;
    if (!isIterable(member)) {
      buffer += indent(JSON.stringify(member, null, 2));
      continue;
    }
    let count = 0;
    buffer += "[";
    for (const item of member) {
      buffer += `${count === 0 ? "\n" : ",\n"}    ${JSON.stringify(item)}`;
      count += 1;
      if (buffer.length > 65_536) {
        await output.write(buffer);
        buffer = "";
      }
    }
    buffer += count === 0 ? "]" : "\n  ]";
  }
  await output.write(`${buffer}\n}\n`);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

const indent = (text: string): string => text.replaceAll("\n", "\n  ");
