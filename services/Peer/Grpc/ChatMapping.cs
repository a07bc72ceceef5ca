using System.Globalization;
using ChittyChat.Peer.Chat;
using Grpc.Core;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Grpc;

/// <summary>Between the chat core and its protobuf messages.</summary>
internal static class ChatMapping
{
    public static Wire.MessageId Write(MessageId id) => new() { Session = id.Session.Value, Sequence = id.Sequence };

    public static Wire.ChatEvent Write(in Delivery delivery) => new()
    {
        MessageId = Write(delivery.Id),
        Kind = (Wire.EventKind)delivery.Kind,
        Participant = delivery.Participant,
        Text = delivery.TextString,
        LamportTime = delivery.PublishedAt.Value,
        DeliveredAt = delivery.DeliveredAt.Value,
        TraceId = delivery.TraceId == 0 ? "" : delivery.TraceId.ToString("x32", CultureInfo.InvariantCulture),
        PublishedUnixMs = delivery.PublishedUnixMicroseconds / 1_000,
        DeliveredUnixMs = delivery.DeliveredUnixMicroseconds / 1_000,
    };

    public static Wire.Member Write(ChatMember member, IEnumerable<string> participants) => new()
    {
        Name = member.Name,
        State = member.State switch
        {
            MemberState.Alive => Wire.MemberState.Alive,
            MemberState.Suspect => Wire.MemberState.Suspect,
            MemberState.Dead => Wire.MemberState.Dead,
            _ => Wire.MemberState.Left,
        },
        GossipAddress = member.GossipAddress,
        ChatAddress = member.ChatAddress.GetLeftPart(UriPartial.Authority),
        Incarnation = member.Incarnation,
        Session = member.Session.Value,
        Participants = { participants },
    };

    public static RpcException Write(ChatRefusedException refused) => new(new Status(
        refused.Refusal switch
        {
            Refusal.Invalid => StatusCode.InvalidArgument,
            Refusal.UnknownParticipant => StatusCode.NotFound,
            Refusal.NameTaken => StatusCode.AlreadyExists,
            Refusal.NotInChat => StatusCode.Unavailable,
            _ => StatusCode.ResourceExhausted,
        },
        refused.Message));
}
