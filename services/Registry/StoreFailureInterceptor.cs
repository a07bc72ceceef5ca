using ChittyChat.Registry.Store;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ChittyChat.Registry;

/// <summary>Answers UNAVAILABLE, with the reason, whenever a call fails because of the store.</summary>
internal sealed class StoreFailureInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (StoreUnavailableException unavailable)
        {
            throw Unavailable(unavailable);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (StoreUnavailableException unavailable)
        {
            throw Unavailable(unavailable);
        }
    }

    private static RpcException Unavailable(StoreUnavailableException unavailable) => new(new Status(StatusCode.Unavailable, unavailable.Message));
}
