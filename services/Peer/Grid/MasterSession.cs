using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ChittyChat.Peer.Grid;

/// <summary>The master's connection: one command after the other, each answered before the next is read.</summary>
/// <param name="socket">The connection.</param>
/// <param name="server">What the commands are about.</param>
internal sealed class MasterSession(Socket socket, GridServer server)
{
    private const int PageSize = 256;
    private const int BatchSize = 64 * 1024;

    private static readonly byte[] Messages = "messages "u8.ToArray();
    private static readonly byte[] Comma = [(byte)','];
    private static readonly byte[] LineEnd = [(byte)'\n'];

    private readonly byte[] _batch = new byte[BatchSize];
    private int _length;

    /// <summary>Serves the master until it says crash (0) or is gone (1).</summary>
    public async Task<GridExitCode> RunAsync()
    {
        var received = new LineBuffer(GridRules.LongestLine);
        var isTooLong = false;
        try
        {
            while (await socket.ReceiveAsync(received.Free()) is > 0 and var count)
            {
                received.Commit(count);
                while (Next(received, ref isTooLong) is { } command)
                {
                    switch (command)
                    {
                        case MasterCommandKind.Crash:
                            return GridExitCode.Ended;
                        case MasterCommandKind.Alive:
                            await AppendAsync(Encoding.ASCII.GetBytes($"alive {string.Join(',', server.Alive())}\n"));
                            await FlushAsync();
                            break;
                        case MasterCommandKind.Get:
                            await SendLogAsync();
                            break;
                    }
                }

                if (received.IsTooLong)
                {
                    // Its end is not told from a command of its own otherwise.
                    isTooLong = true;
                    received.Drop();
                }
            }
        }
        catch (SocketException)
        {
            // Gone as well.
        }

        return GridExitCode.Failed;
    }

    private MasterCommandKind? Next(LineBuffer received, ref bool isTooLong)
    {
        if (!received.TryTake(out var line))
        {
            return null;
        }

        if (isTooLong || line.Length > GridRules.LongestLine)
        {
            isTooLong = false;
            server.Tell(string.Create(CultureInfo.InvariantCulture, $"a command of the master is longer than {GridRules.LongestLine} bytes, and ignored"));
            return MasterCommandKind.None;
        }

        var command = MasterCommand.Read(line);
        if (command.Kind == MasterCommandKind.Broadcast)
        {
            server.Broadcast(command.Text);
        }

        return command.Kind;
    }

    // The log as it is now: what comes meanwhile is for the next answer.
    private async Task SendLogAsync()
    {
        var count = server.LogLength();
        var page = new GridMessage[PageSize];
        await AppendAsync(Messages);
        for (var sent = 0; sent < count;)
        {
            var read = server.ReadLog(sent, page.AsSpan(0, Math.Min(PageSize, count - sent)));
            for (var i = 0; i < read; i++, sent++)
            {
                if (sent > 0)
                {
                    await AppendAsync(Comma);
                }

                await AppendAsync(page[i].Text);
            }
        }

        await AppendAsync(LineEnd);
        await FlushAsync();
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_length + bytes.Length > BatchSize)
        {
            await FlushAsync();
        }

        if (bytes.Length > BatchSize)
        {
            await socket.SendAllAsync(bytes);
            return;
        }

        bytes.Span.CopyTo(_batch.AsSpan(_length));
        _length += bytes.Length;
    }

    private async ValueTask FlushAsync()
    {
        var length = _length;
        _length = 0;
        await socket.SendAllAsync(_batch.AsMemory(0, length));
    }
}
