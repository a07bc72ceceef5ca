using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace ChittyChat.Interop.Tests;

/// <summary>A real Serf agent on loopback. Its log tells what it sees; its command line makes it act.</summary>
internal sealed class SerfAgent : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly Process _process;
    private readonly string _rpc;
    private readonly Lock _gate = new();
    private readonly List<string> _log = [];
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private SerfAgent(string name, Process process, IPEndPoint address, string rpc)
    {
        Name = name;
        Address = address;
        _process = process;
        _rpc = rpc;
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    /// <summary>Starts an agent and waits until it listens.</summary>
    public static async Task<SerfAgent> StartAsync(string name, IPAddress? bind = null, params string[] arguments)
    {
        var address = new IPEndPoint(bind ?? IPAddress.Loopback, FreePort(bind ?? IPAddress.Loopback));
        var rpc = new IPEndPoint(IPAddress.Loopback, FreePort(IPAddress.Loopback)).ToString();
        var start = new ProcessStartInfo("serf") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] all = ["agent", $"-node={name}", $"-bind={address}", $"-rpc-addr={rpc}", "-profile=local", "-log-level=debug", .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        var process = Process.Start(start) ?? throw new InvalidOperationException("The serf agent did not start: install the package 'serf'.");
        var agent = new SerfAgent(name, process, address, rpc);
        process.OutputDataReceived += (_, e) => agent.Take(e.Data);
        process.ErrorDataReceived += (_, e) => agent.Take(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await agent.UntilAsync("agent: joining: []|Log data will now stream in", "start");
        await agent.UntilMemberAsync(name, "alive");
        return agent;
    }

    /// <summary>Waits for a line of the log with this text, or one of several that are separated by bars.</summary>
    public async Task UntilAsync(string text, string what)
    {
        var parts = text.Split('|');
        var seen = 0;
        await UntilAsync(
            () =>
            {
                lock (_gate)
                {
                    for (; seen < _log.Count; seen++)
                    {
                        if (parts.Any(p => _log[seen].Contains(p, StringComparison.Ordinal)))
                        {
                            return Task.FromResult(true);
                        }
                    }
                }

                return Task.FromResult(false);
            },
            () => $"the agent {Name} to {what}: no line of its log contains '{text}'");
    }

    /// <summary>How many lines of the log so far contain this text.</summary>
    public int CountOf(string text)
    {
        lock (_gate)
        {
            return _log.Count(l => l.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>The first line of the log that contains this text.</summary>
    public string LineWith(string text)
    {
        lock (_gate)
        {
            return _log.First(l => l.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Waits until the agent lists a member with this status and, when given, these tags.</summary>
    public async Task UntilMemberAsync(string name, string status, string? tags = null)
    {
        var last = "";
        await UntilAsync(
            async () =>
            {
                last = await MemberAsync(name);
                return last == (tags is null ? status : $"{status} {tags}") || (tags is null && last.StartsWith(status + " ", StringComparison.Ordinal));
            },
            () => $"the agent {Name} to list {name} as '{status} {tags}', but it lists it as '{last}'");
    }

    /// <summary>Runs a command of the serf program against this agent and gives its output.</summary>
    public async Task<string> RunAsync(string command, params string[] arguments)
    {
        var (code, output) = await TryRunAsync(command, arguments);
        Assert.True(code == 0, $"serf {command} {string.Join(' ', arguments)} failed with {code}: {output}");
        return output;
    }

    /// <summary>The processor time that the agent has used and the memory it holds, from the operating system.</summary>
    public Process Process => _process;

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // A port that is free for both kinds of traffic.
    private static int FreePort(IPAddress address)
    {
        while (true)
        {
            using var tcp = new TcpListener(address, 0);
            tcp.Start();
            var port = ((IPEndPoint)tcp.LocalEndpoint).Port;
            try
            {
                using var udp = new UdpClient(new IPEndPoint(address, port));
                return port;
            }
            catch (SocketException)
            {
                continue;
            }
        }
    }

    private async Task<string> MemberAsync(string name)
    {
        var (code, output) = await TryRunAsync("members", $"-name={name}", "-format=json");
        if (code != 0)
        {
            return output;
        }

        using var json = JsonDocument.Parse(output);
        var members = json.RootElement.GetProperty("members");
        return members.ValueKind != JsonValueKind.Array || members.GetArrayLength() == 0
            ? "unknown"
            : members[0].GetProperty("status").GetString() + " " + string.Join(
                ",", members[0].GetProperty("tags").EnumerateObject().Select(t => $"{t.Name}={t.Value.GetString()}").Order(StringComparer.Ordinal));
    }

    private async Task<(int Code, string Output)> TryRunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo("serf") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] all = [command, $"-rpc-addr={_rpc}", .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    // Looks again whenever the agent has logged something, and now and then in case it had nothing to say.
    private async Task UntilAsync(Func<Task<bool>> condition, Func<string> missing)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited {Patience.TotalSeconds} s in vain for {missing()}.\n{Tail()}");
            using var pause = new CancellationTokenSource(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            try
            {
                await _lines.Reader.ReadAsync(pause.Token);
            }
            catch (OperationCanceledException)
            {
                continue;
            }
        }
    }

    private string Tail()
    {
        lock (_gate)
        {
            return string.Join('\n', _log.TakeLast(30));
        }
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (_gate)
            {
                _log.Add(line);
            }

            _lines.Writer.TryWrite(line);
        }
    }
}
