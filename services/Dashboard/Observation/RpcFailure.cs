using Grpc.Core;

namespace ChittyChat.Dashboard.Observation;

internal static class RpcFailure
{
    /// <summary>Why a call failed, for a person: what the network said when nobody answered, else the answer's code and detail.</summary>
    public static string Describe(this RpcException failure)
    {
        var cause = failure.Status.DebugException;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause switch
        {
            null => $"{failure.StatusCode}: {failure.Status.Detail}",
            _ => cause.Message,
        };
    }
}
