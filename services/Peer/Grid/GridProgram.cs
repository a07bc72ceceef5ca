using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using System.Text;

namespace ChittyChat.Peer.Grid;

/// <summary>
/// The peer as one server of a grid: from the arguments to the exit code. Without the host of the other mode, whose start would take longer than all of this.
/// </summary>
internal static class GridProgram
{
    /// <summary>The first argument that asks for this mode.</summary>
    public const string Name = "grid";

    /// <summary>Runs until the master or a signal ends it.</summary>
    /// <param name="arguments">The command line, beginning with <see cref="Name"/>.</param>
    public static async Task<GridExitCode> RunAsync(string[] arguments)
    {
        // Not Console.Out and Console.Error, whose encodings cost time at the start.
        await using var output = Console.OpenStandardOutput();
        await using var error = Console.OpenStandardError();
        var (options, exitCode) = Read(arguments, output, error);
        if (options is null)
        {
            return exitCode;
        }

        await using var trace = new GridTrace(error, options.Id, TimeProvider.System);
        await using var server = new GridServer(options, trace, TimeProvider.System);
        try
        {
            await server.StartAsync();
        }
        catch (GridStartException e)
        {
            Write(error, e.Message + "\n");
            return GridExitCode.CannotOpen;
        }

        trace.Tell($"serves the master on port {options.MasterPort}, the other servers on {options.PeerPortBase + options.Id}");
        using var meter = Measure(server.Counts);
        using var ending = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        return await server.ServeMasterAsync(ending.Token);

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ending.Cancel();
        }
    }

    private static (GridOptions? Options, GridExitCode ExitCode) Read(string[] arguments, Stream output, Stream error)
    {
        using var said = new StringWriter();
        using var complaint = new StringWriter();
        var result = GridCommandLine.Read(arguments, Environment.GetEnvironmentVariable(GridCommandLine.PeerPortBaseVariable), said, complaint);
        Write(output, said.ToString());
        Write(error, complaint.ToString());
        return result;
    }

    private static void Write(Stream stream, string text)
    {
        if (text.Length > 0)
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
    }

    private static Meter Measure(GridCounts counts)
    {
        var meter = new Meter("ChittyChat.Peer");
        meter.CreateObservableCounter("chittychat.grid.malformed", () => counts.Malformed, "{line}", "Lines of other servers that are not of the protocol.");
        meter.CreateObservableCounter("chittychat.grid.links.refused", () => counts.Refused, "{link}", "Links of servers that may not have one.");
        meter.CreateObservableCounter("chittychat.grid.links.replaced", () => counts.Replaced, "{link}", "Links that a later one replaced.");
        meter.CreateObservableCounter("chittychat.grid.links.silenced", () => counts.Silenced, "{link}", "Links that fell silent.");
        meter.CreateObservableCounter("chittychat.grid.links.overflowed", () => counts.Overflowed, "{link}", "Links that were closed because too much waited for them.");
        return meter;
    }
}
