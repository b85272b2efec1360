import type { Terminal } from "../cli/terminal";

/** A terminal that writes down what it is told. */
export class CapturedTerminal implements Terminal {
  private readonly results: string[] = [];
  private readonly notes: string[] = [];
  readonly asked: string[] = [];

  /** @param answer to every question */
  constructor(private readonly answer = false) {}

  readonly paint = (_: string, text: string) => text;

  out(line: string): void {
    this.results.push(line);
  }

  note(line: string): void {
    this.notes.push(line);
  }

  async confirm(question: string): Promise<boolean> {
    this.asked.push(question);
    return this.answer;
  }

  /** Standard output. */
  get stdout(): string {
    return this.results.join("\n");
  }

  /** Standard error. */
  get stderr(): string {
    return this.notes.join("\n");
  }
}
