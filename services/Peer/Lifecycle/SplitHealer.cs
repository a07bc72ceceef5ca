using ChittyChat.Membership;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>
/// Compares what bootstrap service and registry say with the gossip's view, and joins whoever is not in it: clusters that started apart, or were
/// parted longer than the gossip tries by itself, become one.
/// </summary>
internal sealed class SplitHealer(MembershipNode node, ContactBook contacts, TimeProvider time, Random random, ILogger<SplitHealer> logger)
{
    // Two peers that start at the same moment may both be alone at first: nobody should have to wait for them.
    private static readonly TimeSpan PaceAlone = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private string? _reported;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = Untraced.Begin("comparison with bootstrap and registry");
        try
        {
            while (true)
            {
                var alone = !node.Members.Any(member => member.IsRunning && member.Name != node.Self.Name);
                await Task.Delay((alone ? PaceAlone : Pace) * (0.5 + random.NextDouble()), time, cancellationToken);
                await CompareAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way in which this ends.
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        var listed = await contacts.RefreshAsync(cancellationToken);
        var running = node.Members.Where(member => member.IsRunning).Select(member => member.Address.ToString());
        string[] unknown = [.. listed.Except(running, StringComparer.OrdinalIgnoreCase)];
        if (unknown.Length == 0)
        {
            return;
        }

        try
        {
            if (await node.JoinAsync(unknown, cancellationToken) > 0)
            {
                logger.JoinedUnknownMembers(string.Join(", ", unknown));
            }
        }
        catch (NameConflictException e)
        {
            // Somebody with this peer's name lives in the other part. Neither is second: both stay, and the person is told once.
            var names = string.Join(", ", unknown);
            if (_reported != names)
            {
                _reported = names;
                logger.CannotMerge(names, e.Message);
            }
        }
        catch (MembershipException e)
        {
            // Those that crashed stay listed until their leases run out.
            logger.UnknownMembersDoNotAnswer(e.Message);
        }
    }
}
