import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { answer, withUnimplemented } from "../../local/engine/unary";
import { type Properties, unwrapSecrets } from "../../local/engine/wire";
import { StandInCloud } from "./stand-in-cloud";

/**
 * A resource provider in the AWS and TLS providers' place, for the real engine: any type of resource, made of its own inputs and
 * what AWS would add. The engine starts it as `pulumi-resource-<package>` and reads its port from standard output.
 */
const cloud = new StandInCloud(process.env.STAND_IN_FOLDER ?? ".");
const VERSION = process.env.STAND_IN_VERSION ?? "0.0.0";

/** Placeholder of a value that a preview does not know (pulumi/sdk/go/common/resource/plugin, `UnknownStringValue`). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").pop() ?? "";
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
const object = (struct: Struct | undefined): Properties => (struct?.toJavaScript() ?? {}) as Properties;
const plain = (struct: Struct | undefined): Properties => unwrapSecrets(object(struct)) as Properties;
const wire = (value: Properties): Struct => Struct.fromJavaScript(value as Record<string, JavaScriptValue>);

const handlers: grpc.UntypedServiceImplementation = {
  getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(VERSION)),
  checkConfig: answer((request: provider.CheckRequest) => new provider.CheckResponse().setInputs(request.getNews())),
  diffConfig: answer(() => new provider.DiffResponse().setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE)),
  configure: answer(() => new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
  check: answer((request: provider.CheckRequest) => new provider.CheckResponse().setInputs(request.getNews())),
  diff: answer((request: provider.DiffRequest) => {
    const news = plain(request.getNews());
    const found = cloud.diff(typeOf(request.getUrn()), plain(request.getOldInputs()), news, UNKNOWN);
    const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
    return new provider.DiffResponse()
      .setChanges(found.changed.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList(found.changed)
      .setReplacesList(found.replaces);
  }),
  create: answer((request: provider.CreateRequest) => {
    const response = new provider.CreateResponse();
    // What AWS adds is unknown until it is made; the SDK takes a missing output for unknown in a preview.
    if (request.getPreview()) return response.setProperties(request.getProperties());
    const urn = request.getUrn();
    const made = cloud.create(urn, typeOf(urn), nameOf(urn), plain(request.getProperties()));
    return response.setId(made.id).setProperties(wire({ ...object(request.getProperties()), ...made.added }));
  }),
  update: answer((request: provider.UpdateRequest) => {
    const response = new provider.UpdateResponse();
    const urn = request.getUrn();
    const news = plain(request.getNews());
    const added = cloud.added(typeOf(urn), nameOf(urn), news, plain(request.getOlds()));
    if (!request.getPreview()) cloud.update(urn, typeOf(urn), news, added);
    return response.setProperties(wire({ ...object(request.getNews()), ...added }));
  }),
  delete: answer((request: provider.DeleteRequest) => {
    cloud.delete(request.getUrn());
    return new Empty();
  }),
  read: answer((request: provider.ReadRequest) =>
    new provider.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  ),
  invoke: answer((request: provider.InvokeRequest) =>
    new provider.InvokeResponse().setReturn(wire(cloud.invoke(request.getTok(), plain(request.getArgs())))),
  ),
  getSchema: answer(() => new provider.GetSchemaResponse().setSchema("{}")),
  getMapping: answer(() => new provider.GetMappingResponse()),
  cancel: answer(() => new Empty()),
};

const service = rpc.ResourceProviderService as unknown as grpc.ServiceDefinition;
const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(service, withUnimplemented(service, handlers));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
// The engine ends its plugins; one whose engine was killed ends by itself.
const engine = process.ppid;
setInterval(() => process.ppid !== engine && process.exit(0), 1_000).unref();
