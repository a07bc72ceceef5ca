using System.Net.Sockets;
using System.Text;
using ChittyChat.TestSupport;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>The fixture that the redis tests stand on.</summary>
public sealed class RedisServerTests
{
    [Fact]
    public async Task It_answers_who_knows_the_password_and_nobody_else()
    {
        await using var redis = await RedisServer.StartNewAsync();

        Assert.StartsWith("-NOAUTH", await SayAsync(redis.Port, "PING"), StringComparison.Ordinal);
        Assert.Equal("+OK\r\n+PONG\r\n", await SayAsync(redis.Port, $"AUTH {redis.Password}", "PING"));
    }

    [Fact]
    public async Task A_stopped_server_is_gone_and_comes_back_empty_on_the_same_port()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var port = redis.Port;
        Assert.Equal("+OK\r\n+OK\r\n", await SayAsync(port, $"AUTH {redis.Password}", "SET word here"));

        await redis.StopAsync();
        await Assert.ThrowsAsync<SocketException>(() => SayAsync(port, "PING"));

        await redis.StartAsync();
        Assert.Equal(port, redis.Port);
        Assert.Equal("+OK\r\n$-1\r\n", await SayAsync(port, $"AUTH {redis.Password}", "GET word"));
    }

    // QUIT is answered last, so that everything before it has been read when the server closes.
    private static async Task<string> SayAsync(int port, params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines) + "\r\nQUIT\r\n"));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var answer = await reader.ReadToEndAsync().ComesAsync("the answer of redis-server");
        return answer[..^"+OK\r\n".Length];
    }
}
