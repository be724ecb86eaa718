import type { AnyRecord, SoaRecord } from "node:dns";
import { isIPv6 } from "node:net";
import type { DnsCheck, DnsRecordType } from "../model/check.ts";
import type { CheckReason } from "./attempt.ts";

/** What a resolver answers for the types that can be asked for. */
export type ResolverAnswer =
  | readonly string[]
  | readonly (readonly string[])[]
  | readonly AnyRecord[]
  | readonly object[]
  | SoaRecord;

/** Answers as text, sorted: `10 mail.example.com` for MX, `priority weight port name` for SRV, names without the last dot. */
export function answerTexts(type: DnsRecordType, answer: ResolverAnswer): readonly string[] {
  const records = Array.isArray(answer) ? (answer as readonly unknown[]) : [answer];
  return records.map((record) => canonical(type, recordText(record))).sort();
}

/** Whether all that is expected is among the answers. */
export function judgeAnswers({ name, type, expect }: DnsCheck, answers: readonly string[]): CheckReason {
  if (answers.length === 0) return { code: "answers", text: `${name} has no ${type} record` };
  const missing = (expect ?? []).filter((one) => !answers.includes(canonical(type, one)));
  return missing.length > 0
    ? {
        code: "answers",
        text: `${missing.join(", ")} is not among the ${type} records: ${answers.join(", ")}`,
      }
    : { code: "ok", text: answers.join(", ") };
}

function recordText(record: unknown): string {
  if (typeof record === "string") return record;
  // TXT: one record is several pieces that belong together.
  if (Array.isArray(record)) return record.join("");
  const { priority, weight, port, name, exchange, ...soa } = record as Readonly<
    Record<string, string | number>
  >;
  if (exchange !== undefined) return `${priority} ${exchange}`;
  if (weight !== undefined) return `${priority} ${weight} ${port} ${name}`;
  const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = soa;
  return [nsname, hostmaster, serial, refresh, retry, expire, minttl].join(" ");
}

/** Names don't tell case apart and may end with a dot; addresses have many spellings; TXT is taken as it is. */
function canonical(type: DnsRecordType, text: string): string {
  if (type === "TXT") return text;
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/\.(?=\s|$)/g, "");
  return isIPv6(plain) ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain;
}
