using System.Globalization;
using System.Text;
using ChittyChat.Grid.Tests.Driver;

// Measures a grid of real processes: docs in README.md beside this file.
const string Usage = "usage: Grid.Bench <program> [servers] [rounds], such as: Grid.Bench artifacts/grid/peer/ChittyChat.Peer 16 10";
if (args is ["--help" or "-h", ..])
{
    Console.WriteLine(Usage);
    return 0;
}

var (servers, rounds) = (PortBlock.Servers, 10);
if (args is not [var program, .. var numbers] || numbers.Length > 2
    || (numbers.Length > 0 && !(int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out servers) && servers is >= 2 and <= PortBlock.Servers))
    || (numbers.Length > 1 && !(int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out rounds) && rounds > 0)))
{
    Console.Error.WriteLine($"{Usage} (2 to {PortBlock.Servers} servers, at least one round)");
    return 2;
}

if (!File.Exists(program))
{
    Console.Error.WriteLine($"There is no program {program}; grid/build makes one.");
    return 2;
}

string[] command = program.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", program, "grid"] : [program, "grid"];
var ids = Enumerable.Range(0, servers).ToArray();
var results = new List<(string What, List<double> Milliseconds)>();

for (var round = 0; round < rounds; round++)
{
    await using (var alone = new Grid(1, command))
    {
        var start = Now();
        alone.Launch(0);
        await alone.ConnectAsync(0);
        Add("one server: start to accepting the master", start);
    }

    await using var grid = new Grid(servers, command);
    var begin = Now();
    var started = new long[servers];
    await Task.WhenAll(ids.Select(id => Task.Run(async () =>
    {
        started[id] = Now();
        grid.Launch(id);
        await grid.ConnectAsync(id);
        Add($"{servers} servers at once: start of each to accepting the master", started[id]);
    })));
    await grid.AliveAsync(ids);
    Add($"{servers} servers at once: first start to all seeing all", begin);

    const int Count = 2_000;
    var commands = new StringBuilder();
    for (var i = 0; i < Count; i++)
    {
        commands.Append(CultureInfo.InvariantCulture, $"broadcast message-{i}\n");
    }

    var send = Now();
    await grid[0].SendAsync(Encoding.UTF8.GetBytes(commands.ToString()));
    Add($"{Count} rapid broadcasts: first send to last send", send);
    var sent = Now();
    await grid.LogsAsync(ids, Count);
    Add($"{Count} rapid broadcasts: last send to everything in all {servers} logs", sent);

    var victim = ids[servers / 2];
    var others = ids.Where(id => id != victim).ToArray();
    await grid.Process(victim).SignalAsync("STOP");
    var stopped = Now();
    await grid.AliveAsync(others);
    Add("SIGSTOP to all others noticing", stopped);
    await grid.Process(victim).SignalAsync("CONT");
    var resumed = Now();
    await grid.AliveAsync(ids);
    Add("SIGCONT to all seeing all", resumed);
    var killed = Now();
    grid.Kill(victim);
    await grid.AliveAsync(others);
    Add("SIGKILL to all others noticing", killed);
    var restarted = Now();
    await grid.StartAsync(victim);
    await grid.AliveAsync(ids);
    Add("restart after it to all seeing all", restarted);
}

Console.WriteLine($"{"milliseconds, " + rounds + " rounds",-66}{"median",8}{"max",8}");
foreach (var (what, milliseconds) in results)
{
    milliseconds.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-66}{milliseconds[milliseconds.Count / 2],8:0}{milliseconds[^1],8:0}"));
}

return 0;

static long Now() => TimeProvider.System.GetTimestamp();

void Add(string what, long since)
{
    var elapsed = TimeProvider.System.GetElapsedTime(since).TotalMilliseconds;
    lock (results)
    {
        if (results.Find(result => result.What == what).Milliseconds is not { } known)
        {
            results.Add((what, known = []));
        }

        known.Add(elapsed);
    }
}
