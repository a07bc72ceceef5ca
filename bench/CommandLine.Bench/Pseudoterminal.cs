using System.Runtime.InteropServices;
using System.Text;

namespace ChittyChat.CommandLine.Bench;

/// <summary>A pseudo-terminal on Linux: what is written here is typed there, and what is shown there is read here.</summary>
internal sealed class Pseudoterminal : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const nuint SetWindowSize = 0x5414;

    private readonly int _master;

    public Pseudoterminal(ushort columns, ushort rows)
    {
        _master = posix_openpt(ReadWrite | NoControllingTerminal);
        var name = new byte[128];
        ushort[] size = [rows, columns, 0, 0];
        if (_master < 0 || grantpt(_master) != 0 || unlockpt(_master) != 0 || ptsname_r(_master, name, (nuint)name.Length) != 0
            || ioctl(_master, SetWindowSize, size) != 0)
        {
            throw new IOException($"There is no pseudo-terminal: error {Marshal.GetLastPInvokeError()}.");
        }

        Path = Encoding.ASCII.GetString(name.AsSpan(0, name.IndexOf((byte)0)));
    }

    /// <summary>The file to be the other process's terminal.</summary>
    public string Path { get; }

    public int Read(byte[] buffer) => (int)read(_master, buffer, (nuint)buffer.Length);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (write(_master, bytes.ToArray(), (nuint)bytes.Length) != bytes.Length)
        {
            throw new IOException("The pseudo-terminal takes no input.");
        }
    }

    public void Dispose() => _ = close(_master);

    [DllImport("libc", SetLastError = true)]
    private static extern int posix_openpt(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int grantpt(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int unlockpt(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int ptsname_r(int descriptor, [Out] byte[] name, nuint length);

    [DllImport("libc", SetLastError = true)]
    private static extern int ioctl(int descriptor, nuint request, ushort[] size);

    [DllImport("libc", SetLastError = true)]
    private static extern nint read(int descriptor, [Out] byte[] buffer, nuint count);

    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int descriptor, byte[] bytes, nuint count);

    [DllImport("libc")]
    private static extern int close(int descriptor);
}
