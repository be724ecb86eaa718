import { AwsError } from "../../../aws-error.ts";
import { publish, topicByArn } from "../../sns/topic.ts";
import type { ActionOutcome, StateChange } from "../state-change.ts";
import { alarmMessage, alarmSubject, longText, shortText } from "./alarm-message.ts";

/** Publishes a change of state to a topic, as CloudWatch words it. */
export function publishToTopic(topicArn: string, change: StateChange): ActionOutcome {
  const { cloud } = change.store;
  if (!topicByArn(cloud, topicArn))
    return { succeeded: false, error: `The topic ${topicArn} does not exist.` };
  const message = JSON.stringify({
    default: JSON.stringify(alarmMessage(change)),
    sms: shortText(change),
    email: longText(change),
  });
  try {
    publish(cloud, topicArn, { message, subject: alarmSubject(change), json: true });
    return { succeeded: true, publishedMessage: message };
  } catch (error) {
    if (error instanceof AwsError) return { succeeded: false, error: error.message };
    throw error;
  }
}
