using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace ChittyChat.Grid.Tests.Driver;

/// <summary>A grid of real processes, and the master's connection to each.</summary>
internal sealed class Grid(int size, IReadOnlyList<string> program) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    private readonly PortBlock _ports = PortBlock.Take();
    private readonly ConcurrentDictionary<int, GridProcess> _processes = [];
    private readonly ConcurrentDictionary<int, MasterConnection> _masters = [];
    private readonly ConcurrentBag<GridProcess> _former = [];

    /// <param name="size">The n that every server is told.</param>
    public Grid(int size)
        : this(size, GridProcess.PeerBesideTests)
    {
    }

    public PortBlock Ports => _ports;

    public MasterConnection this[int id] => _masters[id];

    public GridProcess Process(int id) => _processes[id];

    /// <summary>Starts a server.</summary>
    public GridProcess Launch(int id, Action<ProcessStartInfo>? configure = null) =>
        _processes[id] = new GridProcess(program, Arguments(id), configure);

    /// <summary>Starts servers, all at once, and connects to them.</summary>
    public async Task StartAsync(params int[] ids)
    {
        foreach (var id in ids)
        {
            Launch(id);
        }

        await Task.WhenAll(ids.Select(ConnectAsync));
    }

    /// <summary>Connects to a server as soon as it listens.</summary>
    public async Task ConnectAsync(int id) => _masters[id] = await MasterConnection.OpenAsync(_ports.MasterPort(id), () => _processes[id].Output);

    /// <summary>Kills a server, and does not wait for its end.</summary>
    public void Kill(int id)
    {
        _processes.Remove(id, out var process);
        _masters.Remove(id, out var master);
        process!.Kill();
        _former.Add(process);
        master?.Dispose();
    }

    /// <summary>Broadcasts from a server.</summary>
    public Task BroadcastAsync(int id, string text) => _masters[id].SendAsync($"broadcast {text}");

    /// <summary>Waits until each of the servers answers that exactly these are alive; among themselves when no others are named.</summary>
    public async Task AliveAsync(IReadOnlyCollection<int> asked, IReadOnlyCollection<int>? expected = null)
    {
        var answer = "alive " + string.Join(',', (expected ?? asked).Order());
        await Task.WhenAll(asked.Select(id => AnswersAsync(id, "alive", answer)));
    }

    /// <summary>
    /// Each of the servers answers for as long that exactly these are alive; they themselves when no others are named. On a machine so busy that a server
    /// is silent without having been stopped, which the servers tell, they have to find each other again.
    /// </summary>
    public async Task StaysAliveAsync(IReadOnlyCollection<int> asked, TimeSpan duration, IReadOnlyCollection<int>? alive = null)
    {
        var expected = "alive " + string.Join(',', (alive ?? asked).Order());
        var start = TimeProvider.System.GetTimestamp();
        var silences = Silences();
        while (TimeProvider.System.GetElapsedTime(start) < duration)
        {
            foreach (var id in asked)
            {
                var answer = await _masters[id].AskAsync("alive");
                if (answer == expected)
                {
                    continue;
                }

                await AliveAsync(asked, alive);
                if (Silences() == silences)
                {
                    throw new InvalidOperationException($"Server {id} answered '{answer}' after it had seen '{expected}'.\n{Everything()}");
                }

                silences = Silences();
            }

            await Task.Delay(Poll, TimeProvider.System);
        }
    }

    /// <summary>Waits until a server gives an answer.</summary>
    public async Task AnswersAsync(int id, string command, string expected)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await _masters[id].AskAsync(command);
            if (answer == expected)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Server {id} did not answer '{Short(expected)}' to {command}, but at last '{Short(answer)}'.\n{Everything()}");
            }

            await Task.Delay(Poll, TimeProvider.System);
        }
    }

    /// <summary>Waits until each of the servers has as many messages, and gives the logs. No text may have a comma.</summary>
    public async Task<string[][]> LogsAsync(IReadOnlyList<int> ids, int count) => await Task.WhenAll(ids.Select(async id =>
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var log = (await _masters[id].AskAsync("get"))["messages ".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (log.Length == count)
            {
                return log;
            }

            if (log.Length > count || TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Server {id} has {log.Length} messages instead of {count}; the last is '{log.LastOrDefault()}'.\n{Everything()}");
            }

            await Task.Delay(Poll, TimeProvider.System);
        }
    }));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values.Concat(_former))
        {
            await process.DisposeAsync();
        }

        foreach (var master in _masters.Values)
        {
            master.Dispose();
        }

        _ports.Dispose();
    }

    /// <summary>The arguments of a server.</summary>
    public string[] Arguments(int id) =>
        [Text(id), Text(size), Text(_ports.MasterPort(id)), "--peer-port-base", Text(_ports.PeerPortBase)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Short(string text) => text.Length <= 200 ? text : $"{text[..200]}… ({text.Length} characters)";

    private int Silences() => Everything().Split(" is silent\n").Length;

    private string Everything() => string.Join('\n', _processes.Values.Concat(_former).Select(process => process.Output));
}
