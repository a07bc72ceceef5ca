using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChittyChat.TestSupport;

/// <summary>
/// A real redis-server of its own: on a free loopback port, with a password, in a temporary directory, without persistence.
/// It can be stopped, as a crash would, and started again on the same port; it is then empty.
/// </summary>
/// <remarks>
/// Either a class fixture (<c>IClassFixture&lt;RedisServer&gt;</c>) or a local: <c>await using var redis = await RedisServer.StartNewAsync();</c>.
/// Disposing it kills the process.
/// </remarks>
public sealed class RedisServer : IAsyncLifetime, IAsyncDisposable
{
    // Between finding a free port and taking it, another process may take it.
    private const int PortAttempts = 5;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chittychat-redis-");
    private Process? _process;

    /// <summary>The port on 127.0.0.1; the same before and after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>The password that clients must give.</summary>
    public string Password { get; } = RandomNumberGenerator.GetHexString(24, lowercase: true);

    /// <summary>As StackExchange.Redis reads it, and as Aspire writes it: <c>127.0.0.1:port,password=…</c>.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},password={Password}");

    /// <summary>Starts a server on a free port.</summary>
    /// <exception cref="InvalidOperationException">redis-server is not installed, or does not start; the message has its output.</exception>
    public static async Task<RedisServer> StartNewAsync()
    {
        var server = new RedisServer();
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts the server, again on the same port if it had one. Returns when it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">redis-server is not installed, runs already, or does not start; the message has its output.</exception>
    public async Task StartAsync()
    {
        if (_process is not null)
        {
            throw new InvalidOperationException("This redis-server runs already.");
        }

        var attempts = Port == 0 ? PortAttempts : 1;
        for (var attempt = 1; ; attempt++)
        {
            var port = Port == 0 ? Ports.Free() : Port;
            var (process, failure) = await TryStartAsync(port);
            if (process is not null)
            {
                (_process, Port) = (process, port);
                return;
            }

            if (attempt == attempts)
            {
                throw new InvalidOperationException($"redis-server did not start on port {port}: {failure}");
            }
        }
    }

    /// <summary>Kills the server at once, as a crash would. Returns when the process is gone; does nothing when it does not run.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await EndAsync(process);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Delete(recursive: true);
    }

    Task IAsyncLifetime.InitializeAsync() => StartAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    private async Task<(Process? Process, string Failure)> TryStartAsync(int port)
    {
        var output = new StringBuilder();
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("redis-server", "-")
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = _directory.FullName,
            },
            EnableRaisingEvents = true,
        };
        process.Exited += (_, _) => ready.TrySetResult(false);
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception missing)
        {
            process.Dispose();
            throw new InvalidOperationException("redis-server is needed for this test and was not found; install it with: apt-get install redis-server", missing);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // The configuration goes through standard input, so that the password does not show in the process list.
        await process.StandardInput.WriteAsync(string.Create(CultureInfo.InvariantCulture,
            $"port {port}\nbind 127.0.0.1\nrequirepass {Password}\nsave \"\"\nappendonly no\ndir \"{_directory.FullName}\"\n"));
        process.StandardInput.Close();
        try
        {
            if (await ready.Task.WaitAsync(Eventually.Limit))
            {
                return (process, "");
            }
        }
        catch (TimeoutException)
        {
            Read($"(nothing within {Eventually.Limit.TotalSeconds} s said that it is ready)");
        }

        await EndAsync(process);
        lock (output)
        {
            return (null, output.ToString());
        }

        void Read(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }

            if (line?.Contains("Ready to accept connections", StringComparison.Ordinal) is true)
            {
                ready.TrySetResult(true);
            }
        }
    }

    private static async Task EndAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
