// Puts the agent's bundle in place: node fetch-bundle.js bundle.json
// Runs before there is anything but Node.js: S3's GetObject, signed (SigV4) with the instance role's credentials (IMDSv2).
// The SHA-256 comes from the user data, so what runs is what the program deployed, whoever can write to the bucket.
const { createHash, createHmac } = require("node:crypto");
const { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { dirname } = require("node:path");

const hash = (data) => createHash("sha256").update(data).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

async function get(url, init) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return Buffer.from(await response.arrayBuffer());
}

async function roleCredentials() {
  const imds = `${process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? "http://169.254.169.254"}/latest`;
  const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "300" };
  const token = (await get(`${imds}/api/token`, { method: "PUT", headers: ttl })).toString();
  const headers = { "x-aws-ec2-metadata-token": token };
  const base = `${imds}/meta-data/iam/security-credentials/`;
  const role = (await get(base, { headers })).toString().trim();
  return JSON.parse((await get(base + role, { headers })).toString());
}

function signedHeaders(url, region, credentials, now) {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = {
    host: url.host,
    "x-amz-content-sha256": hash(""),
    "x-amz-date": date,
    "x-amz-security-token": credentials.Token,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ["GET", url.pathname, "", lines.join(""), names, hash("")].join("\n");
  const key = [date.slice(0, 8), region, "s3", "aws4_request"].reduce(hmac, `AWS4${credentials.SecretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, hash(request)].join("\n")).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.AccessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

async function main({ bucket, key, region, dnsSuffix, sha256, path }) {
  if (existsSync(path) && hash(readFileSync(path)) === sha256) return;
  const host = process.env.AWS_ENDPOINT_URL_S3
    ? `${process.env.AWS_ENDPOINT_URL_S3}/${bucket}`
    : `https://${bucket}.s3.${region}.${dnsSuffix}`;
  const url = new URL(`${host}/${key.split("/").map(encodeURIComponent).join("/")}`);
  const body = await get(url, { headers: signedHeaders(url, region, await roleCredentials(), new Date()) });
  if (hash(body) !== sha256)
    throw new Error(`${url} has SHA-256 ${hash(body)}, the user data says ${sha256}: not installed.`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, body);
  chmodSync(`${path}.new`, 0o644); // the agent is another user
  renameSync(`${path}.new`, path);
}

main(JSON.parse(readFileSync(process.argv[2], "utf8"))).catch((error) => {
  console.error(
    `The agent's bundle was not installed: ${error.message}${error.cause ? ` (${error.cause.message})` : ""}`,
  );
  process.exitCode = 1;
});
