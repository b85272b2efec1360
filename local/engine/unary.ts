import * as grpc from "@grpc/grpc-js";

/** One unary call; what the handler throws is the error that the other side is told. */
export function answer<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): grpc.UntypedHandleCall {
  return (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: grpc.status.UNKNOWN, message: error.message }),
      );
  };
}

/** A whole service: what is not implemented says so. */
export function withUnimplemented(
  service: grpc.ServiceDefinition,
  implemented: grpc.UntypedServiceImplementation,
): grpc.UntypedServiceImplementation {
  const refuse =
    (name: string): grpc.UntypedHandleCall =>
    (_call: unknown, callback: grpc.sendUnaryData<unknown>) =>
      callback({ code: grpc.status.UNIMPLEMENTED, message: name });
  return Object.fromEntries(Object.keys(service).map((name) => [name, implemented[name] ?? refuse(name)]));
}
