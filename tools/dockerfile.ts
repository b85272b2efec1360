/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  readonly name: string;
  readonly words: string;
}

export interface Stage {
  /** Another stage, or an image. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile by name. */
export function stagesOf(dockerfile: string): ReadonlyMap<string, Stage> {
  const stages = new Map<string, { from: string; instructions: Instruction[] }>();
  let current: Instruction[] = [];
  for (const line of dockerfile.replaceAll("\\\n", " ").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [name = "", ...rest] = line.split(" ");
    const words = rest.join(" ").trim();
    if (name === "FROM") {
      const [from = "", stage = ""] = words.split(/ AS /i);
      current = [];
      stages.set(stage, { from, instructions: current });
    } else current.push({ name, words });
  }
  return stages;
}

/**
 * What building a stage and running its container does, as one shell script, for a Debian that has what the image has.
 * @param context directory that COPY copies from @param args what `docker run` is given after the image's name
 * @throws Error for an instruction that it does not know
 */
export function scriptOf(dockerfile: string, target: string, context: string, args = ""): string {
  const stages = stagesOf(dockerfile);
  const steps: string[] = [];
  let [entrypoint, command]: [string[], string[]] = [[], []];
  const build = (name: string): void => {
    const stage = stages.get(name);
    if (!stage) return;
    build(stage.from);
    for (const { name: instruction, words } of stage.instructions) {
      if (instruction === "RUN") steps.push(`(${words})`);
      else if (instruction === "WORKDIR") steps.push(`mkdir -p ${words} && cd ${words}`);
      else if (instruction === "COPY") steps.push(copy(words, context));
      else if (instruction === "ENTRYPOINT") entrypoint = JSON.parse(words) as string[];
      else if (instruction === "CMD") command = JSON.parse(words) as string[];
      else throw new Error(`This knows no ${instruction}.`);
    }
  };
  if (!stages.has(target)) throw new Error(`The Dockerfile has no stage ${target}.`);
  build(target);
  const run = [...entrypoint, ...(args === "" ? command : [args])].join(" ");
  return [...steps, run].join(" && ");
}

/** `COPY a b ./`: from the context; what `.dockerignore` names is not in a clone. */
function copy(words: string, context: string): string {
  const paths = words.split(/\s+/);
  const to = paths.at(-1) ?? ".";
  return `cp -a ${paths
    .slice(0, -1)
    .map((one) => `${context}/${one}`)
    .join(" ")} ${to}`;
}
