using Google.Protobuf;
using Grpc.Core;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Grpc;

/// <summary>
/// Binds the service Chat as the generated code does, but answers a request that is not well-formed (malformed UTF-8, above all) with
/// INVALID_ARGUMENT. Without this the parser's exception would be answered as if the server were at fault.
/// </summary>
internal static class ChatBinding
{
    /// <summary>Found by name through <see cref="BindServiceMethodAttribute"/>.</summary>
    public static void BindService(ServiceBinderBase binder, Wire.Chat.ChatBase? service) => Wire.Chat.BindService(new Binder(binder), service);

    private static Method<TRequest, TResponse> Checked<TRequest, TResponse>(Method<TRequest, TResponse> method) where TRequest : class where TResponse : class =>
        new(method.Type, method.ServiceName, method.Name,
            new Marshaller<TRequest>(method.RequestMarshaller.ContextualSerializer, context =>
            {
                try
                {
                    return method.RequestMarshaller.ContextualDeserializer(context);
                }
                catch (InvalidProtocolBufferException malformed)
                {
                    throw new RpcException(new Status(StatusCode.InvalidArgument, $"The request is not well-formed; texts have to be UTF-8. {malformed.Message}"));
                }
            }),
            method.ResponseMarshaller);

    private sealed class Binder(ServiceBinderBase inner) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            inner.AddMethod(Checked(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            inner.AddMethod(Checked(method), handler);
    }
}
