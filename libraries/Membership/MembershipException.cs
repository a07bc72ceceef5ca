using System.Net;

namespace ChittyChat.Membership;

/// <summary>Something the cluster, the network or the other side refused; the message says what and why.</summary>
public class MembershipException : Exception
{
    /// <summary>Creates the exception.</summary>
    public MembershipException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>A running member of the cluster has this node's name at another address.</summary>
public sealed class NameConflictException : MembershipException
{
    /// <summary>Creates the exception.</summary>
    public NameConflictException(string name, IPEndPoint holder)
        : base($"The name '{name}' is taken: the member at {holder} has it and answers. Choose another name, or stop that member first.")
    {
        Name = name;
        Holder = holder;
    }

    /// <summary>The name that is taken.</summary>
    public string Name { get; }

    /// <summary>Where the member that has the name answers.</summary>
    public IPEndPoint Holder { get; }
}
