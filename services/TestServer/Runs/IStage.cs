using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>What a peer answered to a line.</summary>
internal sealed record LineAnswer(bool Succeeded, string Reason, IReadOnlyList<string> Output, MessageKey? Message = null, ulong LamportTime = 0)
{
    public static LineAnswer Refused(string reason) => new(false, reason, []);
}

/// <summary>
/// The peers and services of a run, as processes of its own or as peers that attend already. What happens to them is appended to the run's record.
/// </summary>
internal interface IStage : IAsyncDisposable
{
    /// <summary>The name that a peer of the script has here.</summary>
    string NameOf(string peer);

    /// <summary>From now on its peers belong to this run, and what they report goes into its record.</summary>
    void Take();

    /// <summary>Makes everything ready that is there from the start.</summary>
    /// <exception cref="StageException">Something does not start, or somebody is not there.</exception>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Lets a peer execute a line of its prompt.</summary>
    Task<LineAnswer> ExecuteAsync(string peer, string line, CancellationToken cancellationToken);

    /// <summary>Does something to a peer's process, and returns when it is done.</summary>
    /// <exception cref="StageException">It cannot be done; the message says why.</exception>
    Task ActAsync(string peer, ProcessAction action, bool samePorts, CancellationToken cancellationToken);

    /// <summary>Does something to a service's process.</summary>
    /// <exception cref="StageException">It cannot be done; the message says why.</exception>
    Task ActAsync(ServiceKind service, ProcessAction action, CancellationToken cancellationToken);

    /// <summary>Continues what is stopped, so that the peers can settle.</summary>
    Task ContinueAllAsync(CancellationToken cancellationToken);
}

/// <summary>The stage cannot do what the script asks for.</summary>
internal sealed class StageException(string message) : Exception(message);
