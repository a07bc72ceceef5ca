using System.ComponentModel;
using System.Globalization;
using ChittyChat.Peer.Chat;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Commands;

/// <summary>What was published.</summary>
internal sealed record PublishedRow(string Id, ulong LamportTime);

/// <summary>A delivered event as <c>/history</c> shows it.</summary>
internal sealed record EventRow(
    string Id, [property: DisplayName("L")] ulong LamportTime, [property: DisplayName("delivered")] ulong DeliveredAt, string Time, EventKind Kind, string Participant, string Text)
{
    public static EventRow Of(in Delivery delivery) => new(
        MessageBook.ShortOf(delivery.Id),
        delivery.PublishedAt.Value,
        delivery.DeliveredAt.Value,
        Clock(delivery.DeliveredUnixMicroseconds / 1_000),
        delivery.Kind,
        delivery.Participant,
        delivery.TextString);

    internal static string Clock(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A member's answer to <c>/who-has</c>.</summary>
internal sealed record HolderRow(string Member, string Answer, ulong? DeliveredAt, string? Time)
{
    public static HolderRow Of(string member, Wire.WhoHasResponse answer) => answer.Answer switch
    {
        Wire.WhoHasResponse.Types.Answer.Delivered => new(member, "delivered", answer.DeliveredAt, EventRow.Clock(answer.DeliveredUnixMs)),
        Wire.WhoHasResponse.Types.Answer.NotDelivered => new(member, "not delivered", null, null),
        _ => new(member, "unknown: its older deliveries are forgotten", null, null),
    };
}

/// <summary>Where a message's trace is.</summary>
internal sealed record TraceDocument(string Trace, string? Link, string? Hint);

/// <summary>This peer's clock.</summary>
internal sealed record ClockDocument(ulong LamportTime, string Rule);

/// <summary>The order in force.</summary>
internal sealed record OrderDocument(string Order, string Promise, string Not);

/// <summary>Somebody in the chat.</summary>
internal sealed record ParticipantRow(string Participant, string Peer);

/// <summary>What a flood came to.</summary>
internal sealed record FloodResult(
    int Acknowledged, int Refused, TimeSpan Elapsed, [property: DisplayName("per second")] double Rate, string? Refusal, [property: Browsable(false)] bool Cancelled);
