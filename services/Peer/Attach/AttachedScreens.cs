using System.Collections.Immutable;
using System.Threading.Channels;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Attach;

/// <summary>The screens of all who are attached, for what this peer warns of; what is said in the chat comes to them another way.</summary>
internal sealed class AttachedScreens : IOutput
{
    /// <summary>So many lines wait for a screen; of those that come on top the number is kept.</summary>
    internal const int MostWaiting = 256;

    private ImmutableList<Screen> _open = [];

    /// <inheritdoc/>
    public void Write(StyledText line)
    {
        foreach (var screen in Volatile.Read(ref _open))
        {
            screen.Add(line);
        }
    }

    /// <summary>Opens a screen, until it is disposed.</summary>
    /// <param name="signal">Is set when there is something to take.</param>
    public Screen Open(AsyncSignal signal)
    {
        var screen = new Screen(this, signal);
        ImmutableInterlocked.Update(ref _open, open => open.Add(screen));
        return screen;
    }

    /// <summary>One of them.</summary>
    internal sealed class Screen(AttachedScreens all, AsyncSignal signal) : IDisposable
    {
        private readonly Channel<StyledText> _lines = Channel.CreateBounded<StyledText>(MostWaiting);
        private long _missed;

        public void Add(StyledText line)
        {
            if (!_lines.Writer.TryWrite(line))
            {
                Interlocked.Increment(ref _missed);
            }

            signal.Set();
        }

        /// <summary>Takes the next line that waits; false when none does.</summary>
        public bool TryTake(out StyledText? line) => _lines.Reader.TryRead(out line);

        /// <summary>How many lines had no room since this was asked last.</summary>
        public ulong TakeMissed() => (ulong)Interlocked.Exchange(ref _missed, 0);

        public void Dispose() => ImmutableInterlocked.Update(ref all._open, open => open.Remove(this));
    }
}
