using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Membership.Bench.Comparison;

/// <summary>One of the two clusters: its processes, and everything they told.</summary>
internal sealed class ComparedCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly Func<string, (SightingKind Kind, string? Subject)?> _read;
    private readonly Lock _gate = new();
    private readonly List<Sighting> _sightings = [];
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ComparedCluster(
        string title, int members, Func<MemberProcess, string?, ProcessStartInfo> command, Func<string, (SightingKind Kind, string? Subject)?> read)
    {
        Title = title;
        _read = read;
        Members = [.. FreePorts(members).Select((port, i) => new MemberProcess($"m{i:00}", port, command, Take))];
    }

    public string Title { get; }

    public IReadOnlyList<MemberProcess> Members { get; }

    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_began);

    public static ComparedCluster OfThisLibrary(int members) => new(
        "this library",
        members,
        (member, seed) =>
        {
            var start = new ProcessStartInfo("dotnet", [typeof(ComparedCluster).Assembly.Location, "node", member.Name, $"{member.Port}"]);
            if (seed is not null)
            {
                start.ArgumentList.Add(seed);
            }

            return start;
        },
        line => line.Split(' ') switch
        {
            ["ready"] => (SightingKind.Ready, null),
            ["joined", var subject] => (SightingKind.Joined, subject),
            ["failed", var subject] => (SightingKind.Failed, subject),
            ["refuted", _] => (SightingKind.Refuted, null),
            _ => null,
        });

    public static ComparedCluster OfSerf(int members)
    {
        var rpc = FreePorts(members);
        return new ComparedCluster(
            "Serf",
            members,
            (member, seed) =>
            {
                var start = new ProcessStartInfo("serf",
                [
                    "agent", $"-node={member.Name}", $"-bind={member.Address}", "-profile=lan", "-log-level=info",
                    $"-rpc-addr=127.0.0.1:{rpc[int.Parse(member.Name.AsSpan(1), null)]}",
                ]);
                if (seed is not null)
                {
                    start.ArgumentList.Add($"-join={seed}");
                }

                return start;
            },
            line => SubjectOf(line, "serf: EventMemberJoin: ") is { } joined ? (SightingKind.Joined, joined)
                : SubjectOf(line, "serf: EventMemberFailed: ") is { } failed ? (SightingKind.Failed, failed)
                : line.Contains("memberlist: Refuting a ", StringComparison.Ordinal) ? (SightingKind.Refuted, null)
                : line.Contains("agent: Serf agent starting", StringComparison.Ordinal) ? (SightingKind.Ready, null)
                : null);
    }

    /// <summary>Starts all members and waits until each sees all.</summary>
    public async Task FormAsync()
    {
        Members[0].Start(null);
        await UntilAsync(s => s.Any(x => x.Kind == SightingKind.Ready), $"{Title}: the first member to start");
        foreach (var member in Members.Skip(1))
        {
            member.Start(Members[0].Address);
        }

        await UntilAsync(
            s => s.Where(x => x.Kind == SightingKind.Joined && x.Observer != x.Subject).Select(x => (x.Observer, x.Subject)).Distinct().Count() == Members.Count * (Members.Count - 1),
            $"{Title}: all members to see all");
    }

    /// <summary>Kills a member and gives how long it took until each survivor had declared it dead; then brings it back.</summary>
    public async Task<TimeSpan> KillAsync(MemberProcess victim)
    {
        var began = Now;
        victim.Kill();
        await UntilAsync(s => ObserversOf(s, victim.Name, SightingKind.Failed, began).Count() == Members.Count - 1, $"{Title}: all to declare {victim.Name} dead");
        var all = Since(began);
        var took = ObserversOf(all, victim.Name, SightingKind.Failed, began).Max(o => all.Where(s => s.Observer == o && s.Kind == SightingKind.Failed && s.Subject == victim.Name).Min(s => s.At)) - began;
        var restarted = Now;
        victim.Start(Members.First(m => m != victim).Address);
        await UntilAsync(
            s => ObserversOf(s, victim.Name, SightingKind.Joined, restarted).Count(o => o != victim.Name) == Members.Count - 1
                && s.Where(x => x.At >= restarted && x.Observer == victim.Name && x.Kind == SightingKind.Joined && x.Subject != victim.Name).Select(x => x.Subject).Distinct().Count() == Members.Count - 1,
            $"{Title}: {victim.Name} to be back");
        return took;
    }

    /// <summary>What was told since then.</summary>
    public Sighting[] Since(TimeSpan from)
    {
        lock (_gate)
        {
            return [.. _sightings.Where(s => s.At >= from)];
        }
    }

    public void Dispose()
    {
        foreach (var member in Members)
        {
            member.Dispose();
        }
    }

    private static IEnumerable<string> ObserversOf(IEnumerable<Sighting> sightings, string subject, SightingKind kind, TimeSpan from) =>
        sightings.Where(s => s.At >= from && s.Kind == kind && s.Subject == subject).Select(s => s.Observer).Distinct();

    private static string? SubjectOf(string line, string before) =>
        line.IndexOf(before, StringComparison.Ordinal) is >= 0 and var at ? line[(at + before.Length)..].Split(' ')[0] : null;

    private static int[] FreePorts(int count)
    {
        // All held until all are found, so that none is given twice. Free for datagrams and streams alike.
        var held = new List<IDisposable>();
        var ports = new List<int>();
        while (ports.Count < count)
        {
            var tcp = new TcpListener(IPAddress.Loopback, 0);
            held.Add(tcp);
            tcp.Start();
            var port = ((IPEndPoint)tcp.LocalEndpoint).Port;
            try
            {
                held.Add(new UdpClient(new IPEndPoint(IPAddress.Loopback, port)));
                ports.Add(port);
            }
            catch (SocketException)
            {
                continue;
            }
        }

        held.ForEach(h => h.Dispose());
        return [.. ports];
    }

    private void Take(string observer, string line)
    {
        if (_read(line) is not { } seen)
        {
            return;
        }

        lock (_gate)
        {
            _sightings.Add(new Sighting(Now, observer, seen.Kind, seen.Subject ?? observer));
        }

        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private async Task UntilAsync(Func<IReadOnlyList<Sighting>, bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (condition(Since(TimeSpan.Zero)))
            {
                return;
            }

            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"Waited {Patience.TotalSeconds} s in vain for {what}.", e);
            }
        }
    }
}
