import * as path from "node:path";
import { accepts, type Child, startChild } from "../../local/process/parts/child";
import { createTable } from "../../local/process/parts/dynamodb";
import { freePorts } from "../../local/process/parts/free-port";
import { pythonTools } from "../../proof/tools/python";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { describeWith } from "../../testing/left-out";
import { ManualClock } from "../../testing/manual-clock";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";
import { storeContract } from "../store/contract";

const python = pythonTools();

/** A second DynamoDB that others wrote: what only dynalite takes would be no promise of the store. */
describeWith(python, "the store on moto's DynamoDB", () => {
  let server: Child;
  let port = 0;
  let tables = 0;
  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    const program = path.join("bin" in python ? python.bin : "", "moto_server");
    const ready = () => accepts("127.0.0.1", port);
    server = await startChild(program, ["-p", String(port)], { ready, readyWithin: 60_000 });
  });
  afterAll(() => server?.stop());

  storeContract(async () => {
    const config = {
      endpoint: `http://127.0.0.1:${port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    const name = `contract-${++tables}`;
    await createTable(new AwsClient(DYNAMODB, config), name, TABLE_SCHEMA);
    const clock = new ManualClock();
    return { store: new DynamoStore(name, config, clock), clock };
  });
});
