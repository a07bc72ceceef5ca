using System.Text;
using ChittyChat.Peer.Chat;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Support;

/// <summary>A chat log that a test can wait on. It keeps what the real writer would have written, too.</summary>
internal sealed class RecordingLog : IChatLog, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly MemoryStream _stream = new();
    private readonly ChatLogWriter _writer;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecordingLog() => _writer = new ChatLogWriter(_stream);

    /// <summary>When set, writing waits for it: a disk that stands still.</summary>
    public ManualResetEventSlim? Blocked { get; set; }

    public Delivery[] Deliveries
    {
        get
        {
            lock (_gate)
            {
                return [.. _deliveries];
            }
        }
    }

    public string[] Texts => [.. Deliveries.Select(d => d.TextString)];

    public string[] Messages => [.. Deliveries.Where(d => d.Kind == EventKind.Message).Select(d => d.TextString)];

    public string[] Lines
    {
        get
        {
            lock (_gate)
            {
                return Encoding.UTF8.GetString(_stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }
        }
    }

    public void Write(ReadOnlySpan<Delivery> deliveries)
    {
        Blocked?.Wait();
        TaskCompletionSource more;
        lock (_gate)
        {
            _deliveries.AddRange(deliveries);
            _writer.Write(deliveries);
            more = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        more.SetResult();
    }

    /// <summary>Waits until the deliveries satisfy the condition.</summary>
    public async Task<Delivery[]> UntilAsync(Func<Delivery[], bool> condition, string what)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        while (true)
        {
            Task more;
            Delivery[] deliveries;
            lock (_gate)
            {
                deliveries = [.. _deliveries];
                more = _more.Task;
            }

            if (condition(deliveries))
            {
                return deliveries;
            }

            try
            {
                await more.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Waited {Eventually.Limit.TotalSeconds} s for {what}. The log has {deliveries.Length} lines, the last of them:\n"
                    + string.Join('\n', Lines.TakeLast(30)));
            }
        }
    }

    /// <summary>Waits until this text was delivered, and gives the delivery.</summary>
    public async Task<Delivery> HasAsync(string text) =>
        (await UntilAsync(d => d.Any(x => x.TextString == text), $"'{text}'")).First(d => d.TextString == text);

    /// <summary>Waits until this participant has joined or left.</summary>
    public async Task<Delivery> HasAsync(EventKind kind, string participant) =>
        (await UntilAsync(d => d.Any(x => x.Kind == kind && x.Participant == participant), $"{kind} of {participant}"))
            .First(d => d.Kind == kind && d.Participant == participant);

    /// <summary>How often this participant has joined or left.</summary>
    public int Count(EventKind kind, string participant) => Deliveries.Count(d => d.Kind == kind && d.Participant == participant);

    public void Dispose() => _writer.Dispose();
}
