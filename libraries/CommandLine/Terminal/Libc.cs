using System.Runtime.InteropServices;

namespace ChittyChat.CommandLine;

/// <summary>What Linux and macOS have for terminals, and .NET has not.</summary>
internal static class Libc
{
    public const int ErrorInterrupted = 4;

    private const short PollIn = 1;
    private const short PollOut = 4;

    // Bigger than the structure of either system (60 and 72 bytes).
    private const int TermiosSize = 256;
    private const int SetNow = 0;

    /// <summary>The settings of a terminal; null when it is none.</summary>
    public static byte[]? TerminalSettings(int descriptor)
    {
        var settings = new byte[TermiosSize];
        return tcgetattr(descriptor, settings) == 0 ? settings : null;
    }

    /// <summary>Sets them at once; input that is there stays.</summary>
    public static void SetTerminalSettings(int descriptor, byte[] settings)
    {
        while (tcsetattr(descriptor, SetNow, settings) != 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted)
        {
        }
    }

    /// <summary>
    /// The settings with which the terminal hands over every byte at once. Output is still processed, so that a line which somebody else writes to the
    /// terminal begins at its left.
    /// </summary>
    public static byte[] Raw(byte[] settings)
    {
        var raw = settings.ToArray();
        cfmakeraw(raw);
        // The second of the four flags; they are unsigned long on macOS, unsigned int on Linux.
        var flag = OperatingSystem.IsMacOS() ? 8 : 4;
        settings.AsSpan(flag, flag).CopyTo(raw.AsSpan(flag));
        return raw;
    }

    /// <summary>The size of a terminal; null when it does not say.</summary>
    public static TerminalSize? WindowSize(int descriptor)
    {
        Span<ushort> size = stackalloc ushort[4];
        // Variable arguments are on the stack on ARM Macs: six more fill the registers.
        var result = OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ioctl_stack(descriptor, 0x40087468, 0, 0, 0, 0, 0, 0, ref MemoryMarshal.GetReference(size))
            : ioctl(descriptor, OperatingSystem.IsMacOS() ? 0x40087468u : 0x5413u, ref MemoryMarshal.GetReference(size));
        return result == 0 && size[0] > 0 && size[1] > 0 ? new(size[1], size[0]) : null;
    }

    /// <summary>Waits until one of two descriptors can be read (or is closed); tells which.</summary>
    public static (bool First, bool Second) WaitToRead(int first, int second)
    {
        Span<PollDescriptor> descriptors = [new() { Descriptor = first, Events = PollIn }, new() { Descriptor = second, Events = PollIn }];
        return poll(ref MemoryMarshal.GetReference(descriptors), 2, -1) < 0 ? (false, false) : (descriptors[0].Received != 0, descriptors[1].Received != 0);
    }

    /// <summary>Whether a descriptor takes bytes without waiting.</summary>
    public static bool CanWrite(int descriptor)
    {
        var waiting = new PollDescriptor { Descriptor = descriptor, Events = PollOut };
        return poll(ref waiting, 1, 0) == 1 && waiting.Received == PollOut;
    }

    /// <summary>After a write that failed: waits until the descriptor takes bytes again; false when the error was another one.</summary>
    public static bool WaitToWrite(int descriptor, int error)
    {
        // EAGAIN: somebody made the terminal non-blocking.
        if (error != (OperatingSystem.IsMacOS() ? 35 : 11))
        {
            return false;
        }

        var waiting = new PollDescriptor { Descriptor = descriptor, Events = PollOut };
        return poll(ref waiting, 1, -1) >= 0 || Marshal.GetLastPInvokeError() == ErrorInterrupted;
    }

    /// <summary>Reads what is there: 0 at the end, -1 on an error that <see cref="Marshal.GetLastPInvokeError"/> tells.</summary>
    public static int Read(int descriptor, Span<byte> buffer) => (int)read(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);

    /// <summary>Writes some of it; -1 on an error.</summary>
    public static int Write(int descriptor, ReadOnlySpan<byte> bytes) => (int)write(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);

    /// <summary>Makes a pipe: the end to read from and the end to write to.</summary>
    public static (int Read, int Write) Pipe()
    {
        Span<int> ends = stackalloc int[2];
        return pipe(ref MemoryMarshal.GetReference(ends)) == 0 ? (ends[0], ends[1]) : throw new IOException("The system has no pipe left.");
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>
    /// Whether a shell with job control started this process, and can continue it: it put the process into a group that is not its own. What is started
    /// as the only program of a terminal would stand still for ever.
    /// </summary>
    public static bool HasJobControl() => getpgid(0) != getsid(0);

    /// <summary>Whether the process may change the terminal: it is in the foreground, or the terminal controls no processes at all.</summary>
    public static bool IsInForeground(int descriptor) => tcgetpgrp(descriptor) is var group && (group < 0 || group == getpgid(0));

    /// <summary>Stops the whole job.</summary>
    public static void StopJob() => _ = kill(0, OperatingSystem.IsMacOS() ? 18 : 20);

    [DllImport("libc", SetLastError = true)]
    private static extern int tcgetattr(int descriptor, [Out] byte[] settings);

    [DllImport("libc", SetLastError = true)]
    private static extern int tcsetattr(int descriptor, int when, byte[] settings);

    [DllImport("libc")]
    private static extern void cfmakeraw([In, Out] byte[] settings);

    [DllImport("libc", SetLastError = true)]
    private static extern int ioctl(int descriptor, nuint request, ref ushort size);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int ioctl_stack(int descriptor, nuint request, nint a, nint b, nint c, nint d, nint e, nint f, ref ushort size);

    [DllImport("libc", SetLastError = true)]
    private static extern int poll(ref PollDescriptor descriptors, nuint count, int timeout);

    [DllImport("libc", SetLastError = true)]
    private static extern nint read(int descriptor, ref byte buffer, nuint count);

    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int descriptor, in byte buffer, nuint count);

    [DllImport("libc", SetLastError = true)]
    private static extern int pipe(ref int ends);

    [DllImport("libc")]
    private static extern int close(int descriptor);

    [DllImport("libc")]
    private static extern int tcgetpgrp(int descriptor);

    [DllImport("libc")]
    private static extern int getsid(int process);

    [DllImport("libc")]
    private static extern int getpgid(int process);

    [DllImport("libc")]
    private static extern int kill(int process, int signal);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Received;
    }
}
