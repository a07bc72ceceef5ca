using System.Net;

namespace ChittyChat.BootstrapApi;

/// <summary>Why a call to the bootstrap service failed.</summary>
public enum BootstrapFailure
{
    /// <summary>No connection, or it broke before the answer was complete. A later try may succeed.</summary>
    Unreachable,

    /// <summary>No complete answer within the time of one try. A later try may succeed.</summary>
    TimedOut,

    /// <summary>The request is not acceptable (400, 405, 413, 415): the same request will fail again.</summary>
    Invalid,

    /// <summary>The token is missing, wrong or not configured (401, 403).</summary>
    Refused,

    /// <summary>The contact is not on the list: its lease ran out, it was replaced, or the list was reset (404). Join or refill again.</summary>
    NotFound,

    /// <summary>Another peer has this id on the list (409). Take another id.</summary>
    Conflict,

    /// <summary>The service is there but cannot do it now (408, 429, 502, 503, 504), for example because its store is away. A later try may succeed.</summary>
    Unavailable,

    /// <summary>The service failed (500). A later try may succeed; its log says what happened.</summary>
    ServerError,

    /// <summary>The answer is not one of a bootstrap service: the address is probably that of something else.</summary>
    Malformed,
}

/// <summary>A call to the bootstrap service failed. The message says what happened and what to do.</summary>
public sealed class BootstrapException : Exception
{
    /// <summary>Describes a failure.</summary>
    public BootstrapException(BootstrapFailure failure, string message, HttpStatusCode? status = null, Exception? innerException = null)
        : base(message, innerException) => (Failure, Status) = (failure, status);

    /// <summary>What kind of failure it was.</summary>
    public BootstrapFailure Failure { get; }

    /// <summary>The status of the answer; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Whether the same call may succeed later without anything being changed.</summary>
    public bool IsTransient =>
        Failure is BootstrapFailure.Unreachable or BootstrapFailure.TimedOut or BootstrapFailure.Unavailable or BootstrapFailure.ServerError;
}
