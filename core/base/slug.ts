/** Text as a part of a name on AWS: lower-case letters, digits and single hyphens between them. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
