using System.Text.Json.Serialization;

namespace ChittyChat.BootstrapApi;

/// <summary>The service answers: the body of <c>GET /v1/ping</c>. Says nothing about the store behind it; <c>/health</c> does.</summary>
public sealed record PingResponse
{
    /// <summary>Always <c>chittychat-bootstrap</c>.</summary>
    public required string Service { get; init; }

    /// <summary>The version of the service.</summary>
    public required string Version { get; init; }

    /// <summary>Where the list is kept: <c>memory</c>, <c>file</c> or <c>redis</c>.</summary>
    public required string Store { get; init; }

    /// <summary>The service's clock.</summary>
    public required DateTimeOffset ServerTime { get; init; }
}

/// <summary>The answer to a join.</summary>
public sealed record JoinResponse
{
    /// <summary>Whether the peer is on the list now. False when the list is full; that is no failure: <see cref="List"/> says whom to contact.</summary>
    public required bool Stored { get; init; }

    /// <summary>The contact's token: the one that came with the call, or one that the service made. Null when the peer was not stored.</summary>
    public string? Token { get; init; }

    /// <summary>The list after the call.</summary>
    public required ContactList List { get; init; }
}

/// <summary>The answer to a renewal.</summary>
public sealed record RenewResponse
{
    /// <summary>The contact with its new lease.</summary>
    public required Contact Contact { get; init; }

    /// <summary>The list after the call.</summary>
    public required ContactList List { get; init; }
}

/// <summary>What a refill came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefillOutcome>))]
public enum RefillOutcome
{
    /// <summary>There was room: the peer is on the list now.</summary>
    [JsonStringEnumMemberName("added")]
    Added,

    /// <summary>The peer was on the list already; its lease was renewed.</summary>
    [JsonStringEnumMemberName("renewed")]
    Renewed,

    /// <summary>The list was full, and the newest contact made room for the older peer.</summary>
    [JsonStringEnumMemberName("replaced")]
    Replaced,

    /// <summary>The list is full, and no contact on it is newer than the peer.</summary>
    [JsonStringEnumMemberName("notOlder")]
    NotOlder,

    /// <summary>The peer sees fewer members than <see cref="BootstrapConfig.MinRefillCandidates"/>, and the list is not empty.</summary>
    [JsonStringEnumMemberName("tooFewMembers")]
    TooFewMembers,
}

/// <summary>The answer to a refill.</summary>
public sealed record RefillResponse
{
    /// <summary>What was decided.</summary>
    public required RefillOutcome Outcome { get; init; }

    /// <summary>The contact that made room, when the outcome is <see cref="RefillOutcome.Replaced"/>; else null.</summary>
    public string? EvictedId { get; init; }

    /// <summary>The contact's token when the peer is on the list now; else null.</summary>
    public string? Token { get; init; }

    /// <summary>The list after the call.</summary>
    public required ContactList List { get; init; }
}

/// <summary>The answer to a change of the rules.</summary>
public sealed record ConfigResponse
{
    /// <summary>The contacts that had to go because the list became shorter, newest first.</summary>
    public required IReadOnlyList<string> EvictedIds { get; init; }

    /// <summary>The list after the call, with the new rules.</summary>
    public required ContactList List { get; init; }
}
