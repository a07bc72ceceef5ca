namespace ChittyChat.Membership.Wire;

/// <summary>A message that arrived on a stream, complete: its type, the bytes of its maps, and the raw bytes that follow them.</summary>
/// <param name="Type">Ping, ack, push/pull, user or error.</param>
/// <param name="Body">Everything after the type byte up to <paramref name="Tail"/>.</param>
/// <param name="Tail">The user state of a push/pull, or the payload of a user message.</param>
internal sealed record StreamMessage(MessageType Type, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Tail)
{
    /// <summary>Whether a push/pull is part of a join.</summary>
    public bool IsJoin
    {
        get
        {
            var reader = new MsgPackReader(Body.Span);
            return PushPullHeader.TryRead(ref reader, out var header) && header.Join;
        }
    }

    /// <summary>The members of a push/pull, one after the other.</summary>
    public MemberRecords Members => new(Body.Span);

    /// <summary>Enumerates the members without allocating.</summary>
    public ref struct MemberRecords
    {
        private MsgPackReader _reader;
        private AliveMessage _current;
        private int _left;

        public MemberRecords(ReadOnlySpan<byte> body)
        {
            _reader = new MsgPackReader(body);
            _left = PushPullHeader.TryRead(ref _reader, out var header) ? header.Nodes : 0;
        }

        public readonly AliveMessage Current => _current;

        public readonly MemberRecords GetEnumerator() => this;

        public bool MoveNext() => _left-- > 0 && AliveMessage.TryRead(ref _reader, out _current);
    }
}

/// <summary>The other side sent something that cannot be a message; the stream is of no more use.</summary>
internal sealed class StreamProtocolException(DropReason reason, string message) : IOException(message)
{
    public DropReason Reason { get; } = reason;
}
