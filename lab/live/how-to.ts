import { type Client, quoted } from "../client/client";
import type { Scenario } from "../scenario/scenario";
import { type Bases, entryUrl } from "../server/places";
import { ACCOUNT } from "../server/visit";

/** What a person needs beside the client itself. */
export interface Equipment {
  /** A folder of its own, as a shell reads it in double quotes. It becomes HOME: nobody's own settings are read or changed. */
  readonly home: string;
  /** Put before the client: knows the lab's names and CA. */
  readonly wrapper?: string | undefined;
  /** PEM; absent: the certificate is one that every machine trusts. */
  readonly ca?: string | undefined;
  readonly certificate: { readonly file: string; readonly key: string };
}

/** Shell lines to paste: the client's settings, then the client. */
export function howTo(client: Client, scenario: Scenario, run: string, bases: Bases, equipment: Equipment): string {
  const { home, wrapper, ca, certificate } = equipment;
  const passwordHost = scenario.passwordFor && bases[scenario.passwordFor]?.https;
  const recipe = client.recipe({
    url: entryUrl(bases, scenario.entry, run, scenario.name),
    home: "$HOME",
    ca: scenario.name === "untrusted" ? undefined : ca,
    account: passwordHost ? { ...ACCOUNT, host: new URL(passwordHost).hostname } : undefined,
    certificate: scenario.withCertificate ? certificate : undefined,
  });
  const settings = Object.entries(recipe.files).map(([name, text]) =>
    text === "" ? `: > ${name}` : `cat > ${name} <<END\n${text}END`,
  );
  const exports = Object.entries(recipe.environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const systemCas = recipe.systemCa ? "SYSTEM_CAS=lab " : "";
  const command = wrapper ? `${systemCas}${quoted(wrapper)} sh -c ${quoted(recipe.command)}` : recipe.command;
  const enter = `mkdir -p "${home}" && cd "${home}" && export HOME="$PWD" && umask 077`;
  return `(\n${[enter, ...settings, ...exports, command].join("\n")}\n)\n`;
}
