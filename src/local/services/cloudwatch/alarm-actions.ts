import { parseArn } from "../../../model/arn.ts";
import { partitionOf } from "../../../model/partition.ts";
import { validationError } from "./errors.ts";

/** Where an alarm lives. */
export interface AlarmPlace {
  readonly account: string;
  readonly region: string;
}

/** What the validation of actions must know about the alarm. */
export interface ActionSubject {
  /** Dimensions of the one metric it watches; undefined for metric math, composite and multi-series alarms. */
  readonly dimensions: readonly { readonly Name?: string | undefined }[] | undefined;
  /** Whether Auto Scaling actions are possible: not for anomaly detection and composite alarms. */
  readonly scales: boolean;
  readonly composite: boolean;
}

export interface ActionLists {
  readonly OKActions: readonly string[];
  readonly AlarmActions: readonly string[];
  readonly InsufficientDataActions: readonly string[];
}

type Kind = "ec2" | "scaling" | "lambda" | "sns" | "opsItem" | "incident" | "investigation";

/** Every form of action ARN that PutMetricAlarm documents; the resource behind the account. */
const FORMS: readonly { readonly kind: Kind; readonly service: string; readonly resource: RegExp }[] = [
  { kind: "ec2", service: "swf", resource: /^action\/actions\/AWS_EC2\.InstanceId\.(Stop|Terminate|Reboot|Recover)\/1\.0$/ },
  { kind: "scaling", service: "autoscaling", resource: /^scalingPolicy:[^:]+:.+:policyName\/.+$/ },
  { kind: "lambda", service: "lambda", resource: /^function:[^:]+(:[^:]+)?$/ },
  { kind: "sns", service: "sns", resource: /^[A-Za-z0-9_-]{1,256}(\.fifo)?$/ },
  { kind: "opsItem", service: "ssm", resource: /^opsitem:[1-4](#CATEGORY=.+)?$/ },
  { kind: "incident", service: "ssm-incidents", resource: /^response-?plan\/.+$/ },
  { kind: "investigation", service: "aiops", resource: /^investigation-group[:/].+$/ },
]; // biome-ignore format: the table is the point

/** Kinds that run when an alarm goes to ALARM and for no other state. */
const ALARM_ONLY: readonly Kind[] = ["opsItem", "incident", "investigation"];

/** Services whose ARNs carry no region. */
const REGIONLESS: readonly Kind[] = ["incident"];

/**
 * Refuses actions that CloudWatch refuses: ARNs of another partition or region, of unknown form, and kinds that the
 * alarm can't have. Whether the target exists is not checked, as in CloudWatch.
 */
export function checkActions(lists: ActionLists, subject: ActionSubject, place: AlarmPlace): void {
  for (const [state, actions] of Object.entries(lists) as [keyof ActionLists, readonly string[]][])
    for (const action of actions) {
      const kind = actionKind(action, place);
      if (kind === "ec2") checkInstance(subject);
      if (kind === "scaling" && !subject.scales)
        throw validationError(
          subject.composite
            ? `Composite alarms do not support Auto Scaling actions: ${action}`
            : `Alarms based on anomaly detection models cannot have Auto Scaling actions: ${action}`,
        );
      if (ALARM_ONLY.includes(kind) && state !== "AlarmActions")
        throw validationError(`The action ${action} is supported for the ALARM state only`);
    }
}

function checkInstance(subject: ActionSubject): void {
  if (subject.composite) throw validationError("Composite alarms do not support EC2 actions");
  if (!subject.dimensions?.some(({ Name }) => Name === "InstanceId"))
    throw validationError(
      "Invalid use of EC2 action. An EC2 action can only be used if the alarm is monitoring an EC2 instance.",
    );
}

function actionKind(action: string, place: AlarmPlace): Kind {
  const arn = parseArn(action);
  // The short EC2 form has no account: arn:aws:automate:region:ec2:stop
  if (arn?.service === "automate") {
    checkPlace(arn, place, false);
    if (arn.account === "ec2" && /^(stop|terminate|reboot|recover)$/.test(arn.resource)) return "ec2";
    throw validationError(`Invalid arn syntax: ${action}`);
  }
  const form =
    arn && FORMS.find(({ service, resource }) => service === arn.service && resource.test(arn.resource));
  if (!arn || !form) throw validationError(`Invalid arn syntax: ${action}`);
  checkPlace(arn, place, REGIONLESS.includes(form.kind));
  return form.kind;
}

function checkPlace(
  arn: { readonly partition: string; readonly region: string },
  place: AlarmPlace,
  regionless: boolean,
): void {
  const partition = partitionOf(place.region);
  if (arn.partition !== partition)
    throw validationError(`Invalid partition ${arn.partition} specified. Only ${partition} is supported.`);
  if (!regionless && arn.region !== place.region)
    throw validationError(`Invalid region ${arn.region} specified. Only ${place.region} is supported.`);
}
