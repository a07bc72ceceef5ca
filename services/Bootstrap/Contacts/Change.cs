using System.Collections.Immutable;

namespace ChittyChat.Bootstrap;

/// <summary>What was decided about a request.</summary>
internal enum Verdict
{
    /// <summary>The list was read.</summary>
    Read,

    /// <summary>There was room, and the contact is on the list now.</summary>
    Added,

    /// <summary>The contact was on the list, and has a new lease.</summary>
    Renewed,

    /// <summary>The list was full, and the newest contact made room for an older one.</summary>
    Replaced,

    /// <summary>A join found the list full.</summary>
    Full,

    /// <summary>A refill found the list full, and nobody newer on it.</summary>
    NotOlder,

    /// <summary>A refill came from a peer that sees too few members.</summary>
    TooFewMembers,

    /// <summary>The contact was taken off the list.</summary>
    Left,

    /// <summary>The rules were changed.</summary>
    Configured,

    /// <summary>All contacts were taken off the list.</summary>
    Reset,

    /// <summary>Nothing was done: there is no such contact.</summary>
    NotListed,

    /// <summary>Nothing was done: the contact has another token.</summary>
    WrongToken,
}

/// <summary>A decision: the list after it, what was decided, and whom it concerned.</summary>
/// <param name="Book">The list afterwards: the same instance as before when nothing changed.</param>
/// <param name="Verdict">What was decided.</param>
/// <param name="Contact">The contact that was added or renewed.</param>
/// <param name="Removed">The contacts that are off the list because of it, newest first.</param>
internal sealed record Change(ContactBook Book, Verdict Verdict, StoredContact? Contact, ImmutableArray<StoredContact> Removed)
{
    public Change(ContactBook book, Verdict verdict, StoredContact? contact = null)
        : this(book, verdict, contact, [])
    {
    }
}
