using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChittyChat.TestServer.Runs;

/// <summary>
/// Everything that has happened in a run, in the order in which the coordinator learned of it, and what each peer knows by now. Safe for concurrent use: many write, and who waits
/// is woken by each event. Bounded: when <paramref name="mostEvents"/> are in it, it takes no more but the end of the run, which has failed.
/// </summary>
internal sealed class RunRecord(TimeProvider time, int mostEvents = RunRecord.MostEvents)
{
    /// <summary>So many events fit into a record.</summary>
    public const int MostEvents = 2_000_000;

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Lock _gate = new();
    private readonly long _began = time.GetTimestamp();
    private readonly List<RunEntry> _entries = [];
    private readonly Dictionary<string, PeerNow> _peers = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewSignal();
    private ProcessEnded? _loss;
    private bool _isFull;

    /// <summary>How many events there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Whether it takes no more: what came since is missing.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _isFull;
            }
        }
    }

    /// <summary>The first process that ended though nobody had told it to; null as long as there is none.</summary>
    public ProcessEnded? Loss
    {
        get
        {
            lock (_gate)
            {
                return _loss;
            }
        }
    }

    /// <summary>Adds an event, and wakes those who wait.</summary>
    public void Append(RunEvent happened)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (_entries.Count >= mostEvents && happened is not RunEnded)
            {
                _isFull = true;
            }
            else
            {
                _entries.Add(new RunEntry(_entries.Count + 1, Math.Round(time.GetElapsedTime(_began).TotalMilliseconds, 3), happened));
                Update(happened);
            }

            (changed, _changed) = (_changed, NewSignal());
        }

        changed.TrySetResult();
    }

    /// <summary>The events from the one with this index on; and a task that completes with the next event after them.</summary>
    public (RunEntry[] Entries, Task Changed) Read(int from = 0)
    {
        lock (_gate)
        {
            return (CollectionsMarshal.AsSpan(_entries)[from..].ToArray(), _changed.Task);
        }
    }

    /// <summary>Looks at what a peer knows; nothing changes meanwhile.</summary>
    public T Look<T>(string peer, Func<PeerNow, T> look)
    {
        lock (_gate)
        {
            return look(PeerOf(peer));
        }
    }

    /// <summary>A task that completes with the next event. Get it before looking.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PeerNow PeerOf(string peer)
    {
        if (!_peers.TryGetValue(peer, out var now))
        {
            _peers.Add(peer, now = new PeerNow(peer));
        }

        return now;
    }

    private void Update(RunEvent happened)
    {
        switch (happened)
        {
            case PeerAttended attended:
                PeerOf(attended.Peer).Attended(attended);
                break;
            case PeerGone gone when PeerOf(gone.Peer).Process == gone.Process:
                PeerOf(gone.Peer).Attends = false;
                break;
            case Delivered delivered when PeerOf(delivered.Peer).Process == delivered.Process:
                PeerOf(delivered.Peer).Deliveries.Add(delivered);
                break;
            case ViewChanged view when PeerOf(view.Peer).Process == view.Process:
                (PeerOf(view.Peer).Session, PeerOf(view.Peer).View) = (view.Session, view.Members);
                break;
            case ProcessEnded ended:
                _loss ??= ended;
                break;
            default:
                break;
        }
    }
}

/// <summary>What is known of a peer at this moment. Not safe for concurrent use: read it through <see cref="RunRecord.Look"/>.</summary>
internal sealed class PeerNow(string name)
{
    public string Name => name;

    /// <summary>The newest process, 0 before the first.</summary>
    public int Process { get; private set; }

    public string Session { get; set; } = "";

    public string Gossip { get; private set; } = "";

    /// <summary>Whether the newest process attends.</summary>
    public bool Attends { get; set; }

    /// <summary>Whether it is in the chat: it attends, and counts itself among the members. One that has left and lives on does not.</summary>
    public bool IsInChat => Attends && (View is null || View.Any(member => member.IsPresent));

    /// <summary>What the newest process has delivered.</summary>
    public List<Delivered> Deliveries { get; private set; } = [];

    /// <summary>Its view of the members; null until it has told.</summary>
    public IReadOnlyList<MemberSeen>? View { get; set; }

    public void Attended(PeerAttended attended)
    {
        // A connection that was made again is not another peer: what it delivered stays delivered.
        if (attended.Process != Process)
        {
            (Deliveries, View) = ([], null);
        }

        (Process, Session, Gossip, Attends) = (attended.Process, attended.Session, attended.Gossip, true);
    }
}
