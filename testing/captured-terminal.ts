import type { Terminal } from "../cli/terminal";
import { wrap } from "../core/base/wrap";

/** A terminal that writes down what it is told. */
export class CapturedTerminal implements Terminal {
  private readonly results: string[] = [];
  private readonly notes: string[] = [];
  readonly asked: string[] = [];

  /** @param answer to every question; undefined: nobody is there */
  constructor(
    private readonly answer: boolean | undefined = false,
    readonly width = Number.POSITIVE_INFINITY,
  ) {}

  readonly paint = (_: string, text: string) => text;

  out(line: string): void {
    this.results.push(line);
  }

  wrapped(sentence: string): void {
    this.results.push(...wrap(sentence, this.width));
  }

  note(line: string): void {
    this.notes.push(line);
  }

  clear(): void {
    this.results.length = 0;
  }

  async confirm(question: string): Promise<boolean | undefined> {
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
