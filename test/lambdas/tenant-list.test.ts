import { createHash } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { readTenantList } from "../../lambdas/issuer/tenant-list";

/** The bucket is not trusted: what it gives is what the event says, or nothing is applied. */
describe("the tenant list that the issuer reads", () => {
  const list = JSON.stringify({ version: 1, tenants: ["a.example"] });
  const sha256 = createHash("sha256").update(list).digest("hex");
  const before = process.env.AWS_ENDPOINT_URL_S3;
  let served = list;
  let server: http.Server;

  beforeAll(async () => {
    server = http.createServer((_request, response) => response.end(served));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" });
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.AWS_ENDPOINT_URL_S3;
    else process.env.AWS_ENDPOINT_URL_S3 = before;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const read = (content: string, hash: string) => {
    served = content;
    return readTenantList({ bucket: "b", key: "k", sha256: hash }, { caNames: ["letsencrypt"] });
  };

  it("is taken where its hash is the event's", async () => {
    expect((await read(list, sha256)).map(({ domain }) => domain)).toEqual(["a.example"]);
  });

  it.each([
    ["one name is another", list.replace("a.example", "b.example"), sha256],
    ["a blank was added", `${list} `, sha256],
    ["it is empty", "", sha256],
    ["the event's hash is of another list", list, sha256.replace(/^./, (first) => (first === "0" ? "1" : "0"))],
    ["the event's hash is empty", list, ""],
  ])("is refused where %s", async (_what, content, hash) => {
    await expect(read(content, hash)).rejects.toMatchObject({ code: "TENANT_LIST_CHANGED" });
  });
});
