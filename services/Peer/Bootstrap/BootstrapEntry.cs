using ChittyChat.BootstrapApi;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Bootstrap;

/// <summary>This peer at the bootstrap service: asks it whom to contact, and stays on its list for others.</summary>
internal sealed class BootstrapEntry : IDisposable
{
    private readonly HttpClient _http = new();
    private readonly EntryPointKeeper _keeper;
    private readonly Outage _outage;

    /// <param name="service">The service's address.</param>
    /// <param name="self">What newcomers are told about this peer.</param>
    /// <param name="countMembers">Gives the number of members that are alive, this peer included.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads the waits; not used elsewhere.</param>
    /// <param name="logger">Is told when the service is lost and when it is back.</param>
    public BootstrapEntry(Uri service, EntryPoint self, Func<int> countMembers, TimeProvider time, Random random, ILogger logger)
    {
        var client = new BootstrapClient(_http, service, new Random(random.Next()), options: null, time);
        _keeper = new EntryPointKeeper(client, self, countMembers, time, random);
        _outage = new Outage(logger, "bootstrap service", "running peers are not affected");
        _keeper.Changed += OnChanged;
    }

    /// <summary>Addresses from the service's latest list, this peer's own among them perhaps; empty when there never was a list.</summary>
    public IEnumerable<string> Contacts => _keeper.Status.List?.Contacts.Select(contact => contact.Address) ?? [];

    /// <summary>Asks for the list, and to be put on it.</summary>
    /// <exception cref="BootstrapException">The service could not be asked.</exception>
    public async Task JoinAsync(CancellationToken cancellationToken) => await _keeper.JoinAsync(cancellationToken);

    /// <summary>Stays on the list until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = Untraced.Begin("bootstrap renewal");
        await _keeper.RunAsync(cancellationToken);
    }

    /// <summary>Leaves the list. <see cref="RunAsync"/> has ended before.</summary>
    /// <exception cref="BootstrapException">The service could not be asked; the lease runs out by itself.</exception>
    public Task LeaveAsync(CancellationToken cancellationToken) => _keeper.LeaveAsync(cancellationToken);

    public void Dispose() => _http.Dispose();

    private void OnChanged(EntryPointStatus status)
    {
        if (status.Failure is not { } failure || failure.Failure is BootstrapFailure.NotFound)
        {
            // "Not on the list" is an answer, and a place is found again by itself.
            _outage.Succeeded();
        }
        else
        {
            _outage.Failed(failure.Message);
        }
    }
}
