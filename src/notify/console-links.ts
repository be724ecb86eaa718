import { parseArn } from "../model/arn.ts";
import { consoleHost } from "../model/partition.ts";

/** CloudWatch allows 255 characters. */
const MAX_NAME = 255;

/** Page of an alarm in the management console of its partition; undefined when the region isn't known. */
export function alarmLink(region: string, name: string): string | undefined {
  if (!/^[a-z]{2}[a-z0-9-]+$/.test(region) || name === "" || name.length > MAX_NAME) return undefined;
  return `https://${consoleHost(region)}/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(wellFormed(name))}`;
}

/** The same for an alarm's ARN. */
export function alarmArnLink(arn: string): string | undefined {
  const parsed = parseArn(arn);
  return parsed === undefined ? undefined : alarmLink(parsed.region, alarmNameOf(arn));
}

/** The name at the end of an alarm's ARN; the whole text where it is none. */
export function alarmNameOf(arn: string): string {
  return parseArn(arn)?.resource.replace(/^alarm:/, "") ?? arn;
}

/** Half a surrogate pair can't be percent-encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}
