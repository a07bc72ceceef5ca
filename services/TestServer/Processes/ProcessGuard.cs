using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Processes;

/// <summary>
/// Kills the processes of all runs when the coordinator is gone without having ended them itself, because it was killed, or has crashed. It is a shell that is told what begins and
/// what ends through its standard input, and acts when that closes: also stopped processes, and programs that care for nobody's end, leave nothing behind.
/// </summary>
internal sealed class ProcessGuard : IAsyncDisposable
{
    // Ctrl-C in a terminal reaches it, too, and is not for it.
    private const string Script = """
        trap '' HUP INT QUIT TERM
        running=' '
        while read -r what process; do
          case $what in
            began) running="$running$process " ;;
            ended) case $running in *" $process "*) running="${running%% "$process" *} ${running#* "$process" }" ;; esac ;;
          esac
        done
        for process in $running; do
          kill -KILL "$process" 2>/dev/null
        done
        """;

    private readonly Lock _gate = new();
    private Process? _shell;

    /// <summary>A process begins.</summary>
    /// <exception cref="StageException">There is no shell.</exception>
    public void Began(int process) => Tell("began", process);

    /// <summary>A process has ended; its id may be another's from now on.</summary>
    public void Ended(int process) => Tell("ended", process);

    /// <summary>Ends the guard. All processes have to be gone.</summary>
    public async ValueTask DisposeAsync()
    {
        Process? shell;
        lock (_gate)
        {
            (shell, _shell) = (_shell, null);
            shell?.StandardInput.Close();
        }

        if (shell is not null)
        {
            await shell.WaitForExitAsync(CancellationToken.None);
            shell.Dispose();
        }
    }

    private void Tell(string what, int process)
    {
        lock (_gate)
        {
            try
            {
                if (_shell is null && what == "began")
                {
                    _shell = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", Script }, RedirectStandardInput = true });
                }

                _shell?.StandardInput.Write(string.Create(CultureInfo.InvariantCulture, $"{what} {process}\n"));
                _shell?.StandardInput.Flush();
            }
            catch (Win32Exception e)
            {
                throw new StageException($"/bin/sh, which cleans up after a coordinator that was killed, cannot be started: {e.Message}");
            }
            catch (IOException)
            {
                // Somebody has killed it; the processes still end with the run.
            }
        }
    }
}
