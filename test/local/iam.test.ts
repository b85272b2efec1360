import { Iam } from "../../local/aws/iam";

const TABLE = "arn:aws:dynamodb:eu-west-1:000000000000:table/certfront";

describe("The local IAM", () => {
  const denied: string[] = [];
  const iam = new Iam((message) => denied.push(message));
  iam.createRole("front");
  iam.attach("front", "own", {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["dynamodb:GetItem"],
        Resource: TABLE,
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["FRONT#*"] } },
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "arn:aws:logs:eu-west-1:000000000000:log-group:/fronts:*",
      },
    ],
  });
  const read = (key: string) => iam.authorize("front", "dynamodb:GetItem", TABLE, { "dynamodb:LeadingKeys": [key] });

  it("allows what a policy allows", async () => {
    await read("FRONT#a.example");
    await iam.authorize(
      "front",
      "logs:CreateLogStream",
      "arn:aws:logs:eu-west-1:000000000000:log-group:/fronts:log-stream:front-1",
    );
    await iam.authorize(
      "front",
      "logs:PutLogEvents",
      "arn:aws:logs:eu-west-1:000000000000:log-group:/fronts:log-stream:front-1",
    );
  });

  it.each([
    ["another item's key", () => read("CERT#a.example"), "dynamodb:GetItem"],
    [
      "another action",
      () => iam.authorize("front", "dynamodb:PutItem", TABLE, { "dynamodb:LeadingKeys": ["FRONT#a"] }),
      "dynamodb:PutItem",
    ],
    ["another resource", () => iam.authorize("front", "dynamodb:GetItem", `${TABLE}-other`), "dynamodb:GetItem"],
  ])("refuses %s, naming action, resource and role", async (_what, call, action) => {
    await expect(call()).rejects.toMatchObject({
      code: "AccessDeniedException",
      status: 403,
      message: expect.stringMatching(
        new RegExp(`role/front is not authorized to perform: ${action} on resource: arn:aws:dynamodb`),
      ),
    });
  });

  it("knows no role that the program does not define", async () => {
    await expect(iam.authorize("stranger", "dynamodb:GetItem", TABLE)).rejects.toThrow("no role stranger");
  });

  it("takes a changed policy at once", async () => {
    await expect(read("TICKETS")).rejects.toThrow();
    iam.attach("front", "more", {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "dynamodb:GetItem", Resource: TABLE }],
    });
    await read("TICKETS");
  });

  it("records each kind of call once, however many tenants there are", async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => read(`FRONT#${n}.example`)));
    const reads = iam
      .calls()
      .filter(
        ({ action, context, allowed }) =>
          allowed && action === "dynamodb:GetItem" && String(context["dynamodb:LeadingKeys"]).startsWith("FRONT#"),
      );
    expect(reads).toHaveLength(1);
    expect(denied.length).toBeGreaterThan(0);
  });
});
