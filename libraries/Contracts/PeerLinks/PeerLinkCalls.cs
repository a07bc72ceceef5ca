using ChittyChat.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;

namespace ChittyChat.Contracts.PeerLinks;

/// <summary>
/// The service PeerLink of peer_link.proto, bound to the marshalling of this folder: on the wire it is what the generated code of
/// <see cref="PeerLink"/> speaks, but messages pass through without becoming objects.
/// </summary>
public static class PeerLinkCalls
{
    private static readonly Marshaller<OutgoingLinkFrame> Outgoing = new(
        OutgoingLinkFrame.Serialize, _ => throw new NotSupportedException("An outgoing frame is only written."));

    private static readonly Marshaller<ReceivedLinkFrame> Received = new(
        (_, _) => throw new NotSupportedException("A received frame is only read."), ReceivedLinkFrame.Deserialize);

    private static readonly Marshaller<LinkReply> Reply = Marshallers.Create(reply => reply.ToByteArray(), LinkReply.Parser.ParseFrom);

    private static readonly Method<ReceivedLinkFrame, LinkReply> ServerMethod = Broadcast(Received);

    /// <summary>The call, as the sending peer makes it.</summary>
    public static Method<OutgoingLinkFrame, LinkReply> ClientMethod { get; } = Broadcast(Outgoing);

    /// <summary>Binds an implementation to a server; found by name through <see cref="BindServiceMethodAttribute"/>.</summary>
    public static void BindService(ServiceBinderBase binder, PeerLinkServer? server)
    {
        ArgumentNullException.ThrowIfNull(binder);
        binder.AddMethod(ServerMethod, server is null ? null! : server.Broadcast);
    }

    private static Method<TFrame, LinkReply> Broadcast<TFrame>(Marshaller<TFrame> frame) =>
        new(MethodType.DuplexStreaming, "chittychat.v1.PeerLink", "Broadcast", frame, Reply);
}

/// <summary>Base class of the service PeerLink.</summary>
[BindServiceMethod(typeof(PeerLinkCalls), nameof(PeerLinkCalls.BindService))]
public abstract class PeerLinkServer
{
    /// <summary>See peer_link.proto.</summary>
#pragma warning disable VSTHRD200 // The server finds the method by the name that it has in the .proto.
    public abstract Task Broadcast(
        IAsyncStreamReader<ReceivedLinkFrame> requestStream, IServerStreamWriter<LinkReply> responseStream, ServerCallContext context);
#pragma warning restore VSTHRD200
}
