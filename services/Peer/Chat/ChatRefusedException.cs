namespace ChittyChat.Peer.Chat;

/// <summary>Why the chat refuses a request.</summary>
internal enum Refusal
{
    /// <summary>The request can never be granted.</summary>
    Invalid,

    /// <summary>The participant has not joined at this peer.</summary>
    UnknownParticipant,

    /// <summary>Somebody of that name is in the chat.</summary>
    NameTaken,

    /// <summary>The peer has not joined yet, or has left.</summary>
    NotInChat,

    /// <summary>The peer cannot take more at the moment.</summary>
    Busy,
}

/// <summary>A request that the chat refuses; the message says what is wrong and is meant for the caller.</summary>
internal sealed class ChatRefusedException(Refusal refusal, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public Refusal Refusal => refusal;
}
