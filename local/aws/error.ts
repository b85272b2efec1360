/** An error as an AWS service answers it. */
export class AwsError extends Error {
  constructor(
    /** `ResourceNotFoundException`, as the SDK names it. */
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = code;
  }
}
