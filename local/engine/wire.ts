import * as fs from "node:fs";
import * as path from "node:path";

/** JSON as it crosses Pulumi's wire. */
export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value;
}

/** Key that marks a tagged value, and the tags (pulumi/sdk/proto, "special signatures"). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same value with every secret's plain text in its place. Nothing that this returns may be printed. */
export function unwrapSecrets(value: Value): Value {
  if (Array.isArray(value)) return value.map(unwrapSecrets);
  if (!isProperties(value)) return value;
  if (value[SIGNATURE] === SECRET) return unwrapSecrets(value.value ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapSecrets(inner)]));
}

/** Marks a value as secret, as a provider does for what must not be printed. */
export function secret(value: Value): Properties {
  return { [SIGNATURE]: SECRET, value };
}

/** Writes an asset or archive (FileArchive, AssetArchive, FileAsset, StringAsset) to `target`; paths are relative to `root`. */
export function unpack(root: string, asset: Value | undefined, target: string): void {
  if (!isProperties(asset)) throw new Error(`expected an asset or archive, got ${typeof asset}`);
  if (asset[SIGNATURE] === ARCHIVE && isProperties(asset.assets)) {
    for (const [name, inner] of Object.entries(asset.assets)) unpack(root, inner, path.join(target, name));
  } else if (asset[SIGNATURE] === ARCHIVE && typeof asset.path === "string") {
    fs.cpSync(path.resolve(root, asset.path), target, { recursive: true });
  } else {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, assetBytes(root, asset));
  }
}

/** The bytes of a file or string asset. */
export function assetBytes(root: string, asset: Value | undefined): Buffer {
  if (isProperties(asset) && typeof asset.text === "string") return Buffer.from(asset.text);
  if (isProperties(asset) && typeof asset.path === "string") return fs.readFileSync(path.resolve(root, asset.path));
  throw new Error("an asset with neither text nor path; remote assets are not read on this machine");
}
