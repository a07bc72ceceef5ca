using System.Net;
using System.Net.Sockets;
using System.Text;
using ChittyChat.TestSupport;

namespace ChittyChat.BootstrapApi.Tests;

/// <summary>A server that reads a request and then does with the connection what the test says. Each connection carries one request.</summary>
internal sealed class OddServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, NetworkStream, CancellationToken, Task> _answer;
    private readonly Task _accepting;
    private readonly SemaphoreSlim _arrived = new(0);
    private int _requests;

    /// <param name="answer">Gets the number of the request, from 1 on, the connection, and a token for the end of the test; the connection is closed when it returns.</param>
    public OddServer(Func<int, NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>How many requests have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>The first lines of the requests so far.</summary>
    public List<string> FirstLines { get; } = [];

    public static OddServer Answering(string status, string body, string contentType = "application/json") =>
        new((_, stream, token) => SendAsync(stream, status, body, contentType, token));

    public static async Task SendAsync(NetworkStream stream, string status, string body, string contentType, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = $"HTTP/1.1 {status}\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        await stream.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Returns when the next request has come.</summary>
    public async Task NextRequestAsync() =>
        Assert.True(await _arrived.WaitAsync(Eventually.Limit), $"after {Eventually.Limit} no further request has come than these {Requests}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        _arrived.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await ReadRequestAsync(client.GetStream());
                var number = Interlocked.Increment(ref _requests);
                _arrived.Release();
                await _answer(number, client.GetStream(), _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    // Head and body, so that closing the connection does not reset it under an unread rest.
    private async Task ReadRequestAsync(NetworkStream stream)
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, _stop.Token);
            received.Append(Encoding.UTF8.GetString(buffer, 0, count));
            var text = received.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (count == 0 || (end >= 0 && text.Length - end - 4 >= ContentLength(text)))
            {
                lock (FirstLines)
                {
                    FirstLines.Add(text.Split("\r\n")[0]);
                }

                return;
            }
        }
    }

    private static int ContentLength(string head)
    {
        const string Name = "Content-Length: ";
        var start = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return start < 0 ? 0 : int.Parse(head.AsSpan(start + Name.Length, head.IndexOf('\r', start) - start - Name.Length), provider: null);
    }
}
