import * as path from "node:path";
import { CertfrontError } from "../../../core/base/errors";
import { arn, nameOf } from "../../aws/account";
import { intervalOf } from "../../aws/schedules";
import { unpack } from "../wire";
import type { Kind } from "./kind";
import { physicalName } from "./kind";

/** Lambda's own number of retries of an asynchronous event. */
const DEFAULT_RETRIES = 2;

/** Functions with their logs, schedules, and invocations by the program. */
export const functionKinds: Readonly<Record<string, Kind>> = {
  "aws:cloudwatch/logGroup:LogGroup": {
    realise(group, { region, logGroups }, node) {
      const name = physicalName(group, node);
      logGroups.set(name, { extractsMetrics: group.optionalText("logGroupClass") !== "INFREQUENT_ACCESS" });
      return { id: name, name, arn: arn("logs", region, `log-group:${name}`) };
    },
  },
  "aws:lambda/function:Function": {
    live: true,
    async realise(fn, cloud, node) {
      const name = physicalName(fn, node);
      const functionArn = arn("lambda", cloud.region, `function:${name}`);
      const directory = path.join(cloud.directory, "functions", name);
      unpack(cloud.root, fn.value("code"), directory);
      const deadLetterArn = fn.optionalText("deadLetterConfig.targetArn");
      cloud.asyncSettings.set(name, {
        retries: DEFAULT_RETRIES,
        ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
      });
      await cloud.runtime.register({
        name,
        arn: functionArn,
        directory,
        handler: fn.text("handler"),
        timeoutSeconds: fn.number("timeout", 3),
        memoryMb: fn.number("memorySize", 128),
        variables: { ...fn.map("environment.variables"), ...cloud.functionVariables },
        role: nameOf(fn.text("role")),
        logGroup: fn.optionalText("loggingConfig.logGroup") ?? `/aws/lambda/${name}`,
      });
      return { id: name, name, arn: functionArn, qualifiedArn: `${functionArn}:$LATEST`, version: "$LATEST" };
    },
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    realise(config, { asyncSettings }) {
      const name = nameOf(config.text("functionName"));
      const deadLetterArn =
        config.optionalText("destinationConfig.onFailure.destination") ?? asyncSettings.get(name)?.deadLetterArn;
      asyncSettings.set(name, {
        retries: config.number("maximumRetryAttempts", DEFAULT_RETRIES),
        ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
      });
      return { id: name };
    },
  },
  "aws:lambda/invocation:Invocation": {
    live: true,
    async realise(invocation, { runtime, progress }) {
      const name = nameOf(invocation.text("functionName"));
      progress.phase(`invoking ${name}`);
      const outcome = await runtime.invoke(name, invocation.text("input"));
      if (outcome.error) {
        const { errorMessage } = JSON.parse(outcome.payload) as { errorMessage?: string };
        throw new CertfrontError(`Lambda ${name}: ${errorMessage ?? outcome.payload}`, { code: "INVOCATION_FAILED" });
      }
      return { id: name, result: outcome.payload };
    },
  },
  "aws:scheduler/schedule:Schedule": {
    realise(schedule, { schedules, timeScale }, node) {
      const name = physicalName(schedule, node);
      schedules.set(name, {
        name,
        intervalMs: timeScale.schedule(intervalOf(schedule.text("scheduleExpression"))),
        functionName: nameOf(schedule.text("target.arn")),
        role: nameOf(schedule.text("target.roleArn")),
        input: schedule.optionalText("target.input") ?? "{}",
      });
      return { id: name, name };
    },
  },
  "aws:sqs/queue:Queue": {
    realise(queue, { region, queues, endpoint }, node) {
      const name = physicalName(queue, node);
      queues.set(name, 0);
      return { id: `${endpoint}/queue/${name}`, name, url: `${endpoint}/queue/${name}`, arn: arn("sqs", region, name) };
    },
  },
};
