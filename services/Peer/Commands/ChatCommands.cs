using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;
using ChittyChat.CommandLine;
using ChittyChat.LogicalTime;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Grpc;
using ChittyChat.Peer.Lifecycle;
using Grpc.Core;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Commands;

/// <summary>Messages: publishing them, and what became of them.</summary>
[CommandGroup("chat", "messages, and what became of them")]
internal sealed class ChatCommands(ChatPeer chat, ChatRoom room, PeerLifecycle lifecycle, PeerCalls calls, MessageBook messages, IConfiguration configuration)
    : ICommandSet
{
    /// <summary>The configuration key of the Aspire dashboard's address.</summary>
    internal const string DashboardKey = "AspireDashboard:Url";

    private const int EventsAtOnce = 256;

    public void Register(CommandRegistry registry)
    {
        registry.RegisterFrom(this);
        registry.ProvideValues("message", messages.Newest);
        registry.Condition("message", "a message with a text in it has been delivered here", MessageAsync, group: "chat");
    }

    [Command("publish", "Publish a message; a line without a slash does the same", Aliases = ["msg"])]
    [Example("/publish hello", "to everybody")]
    [Example("/publish --at 100 from the future", "the clock witnesses time 100 first, so the message has 101 or more")]
    public async Task<PublishedRow?> PublishAsync(
        CommandContext context,
        [RestOfLine("text", "1 to 128 characters")] string text,
        [Option("--at", "A Lamport time that the clock witnesses first; 0 for none")] ulong at = 0,
        CancellationToken cancellationToken = default)
    {
        var published = await RefusedAsync(() => room.PublishAsync(room.Name, text, new LamportTime(at), cancellationToken));
        // On the screen the message itself is the answer.
        return context.Json || at > 0 ? new(MessageBook.ShortOf(published.Id), published.Time.Value) : null;
    }

    [Command("history", "List the newest events that were delivered here, oldest first")]
    [Example("/history 5", "the newest five")]
    public IReadOnlyList<EventRow> History([Argument("count", "How many")][Range(1, 1_000_000)] int count = 20) =>
        [.. chat.Deliveries.Newest(count).Select(delivery => EventRow.Of(delivery))];

    [Command("who-has", "Ask every live member whether it has delivered a message")]
    [Example("/who-has", "the newest message")]
    public async Task<IReadOnlyList<HolderRow>> WhoHasAsync(
        [Argument("message", "Its id, as /history shows it, or last")] string message = "last", CancellationToken cancellationToken = default)
    {
        var id = messages.Find(message);
        var view = lifecycle.RequireView();
        return await Task.WhenAll(view.Members.Where(member => member.IsPresent).Select(async member =>
        {
            if (member.Name == view.Self.Name)
            {
                return HolderRow.Of(member.Name, chat.Deliveries.Find(id) is { } own
                    ? new() { Answer = Wire.WhoHasResponse.Types.Answer.Delivered, DeliveredAt = own.DeliveredAt.Value, DeliveredUnixMs = own.DeliveredUnixMicroseconds / 1_000 }
                    : new() { Answer = chat.Deliveries.IsComplete ? Wire.WhoHasResponse.Types.Answer.NotDelivered : Wire.WhoHasResponse.Types.Answer.Unknown });
            }

            try
            {
                return HolderRow.Of(member.Name, await calls.WhoHasAsync(member, id, cancellationToken));
            }
            catch (RpcException e)
            {
                return new HolderRow(member.Name, $"unreachable: {PeerCalls.Reason(e)}", null, null);
            }
        }));
    }

    [Command("trace", "Show the trace of a message: from Publish over Broadcast to Deliver")]
    [Example("/trace", "the newest message")]
    public TraceDocument Trace([Argument("message", "Its id, as /history shows it, or last")] string message = "last")
    {
        var id = messages.Find(message);
        var delivery = chat.Deliveries.Find(id) ?? throw new CommandException($"the message {message} is not remembered here");
        if (delivery.TraceId == 0)
        {
            throw new CommandException(
                "the message was not traced", "Start the peers under the AppHost, or with OTEL_EXPORTER_OTLP_ENDPOINT set to where traces go.");
        }

        var trace = delivery.TraceId.ToString("x32", CultureInfo.InvariantCulture);
        return configuration[DashboardKey] is { Length: > 0 } url && Uri.TryCreate(url, UriKind.Absolute, out var dashboard)
            ? new(trace, $"{dashboard.GetLeftPart(UriPartial.Path).TrimEnd('/')}/traces/detail/{trace}", null)
            : new(trace, null, "Look for the id in your tracing system; with AspireDashboard__Url set to the Aspire dashboard's address, this peer shows a link.");
    }

    [Command("clock", "Show this peer's Lamport clock")]
    [Example("/clock", "the time that the latest event here had")]
    public ClockDocument Clock() => new(room.Clock.Now.Value, "max(own, seen) + 1 at each receipt, + 1 at each own event");

    [Command("order", "Show in which order messages are delivered here, and what that promises")]
    [Example("/order", "the guarantee in force")]
    public static OrderDocument Order() => new(
        "fifo",
        "each sender's messages are delivered in the order in which it published them, each once, without gaps",
        "messages of different senders can be delivered in different orders at different members; their Lamport times tell what can have caused what");

    [Command("participants", "List everybody in the chat, and through which peer")]
    [Example("/participants", "peers, and those who have joined through one")]
    public IReadOnlyList<ParticipantRow> Participants() =>
    [
        .. lifecycle.RequireView().Members.Where(member => member.IsPresent)
            .SelectMany(member => room.ParticipantsOf(member.Session).Prepend(member.Name).Select(name => new ParticipantRow(name, member.Name))),
    ];

    [Command("flood", "Publish many messages at a steady rate, to see what the system takes")]
    [Example("/flood 20 100", "20 messages, 100 a second")]
    public async Task<FloodResult> FloodAsync(
        CommandContext context,
        [Argument("count", "How many messages")][Range(1, 10_000_000)] int count,
        [Argument("rate", "How many a second")][Range(0.1, 1_000_000)] double rate = 100,
        CancellationToken cancellationToken = default)
    {
        var (time, began) = (context.Time, context.Time.GetTimestamp());
        var (acknowledged, refused, told) = (0, 0, TimeSpan.Zero);
        string? reason = null;
        var number = 0;
        try
        {
            for (; number < count; number++)
            {
                var wait = TimeSpan.FromSeconds(number / rate) - time.GetElapsedTime(began);
                if (wait > TimeSpan.FromMilliseconds(1))
                {
                    await Task.Delay(wait, time, cancellationToken);
                }

                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    await chat.PublishAsync(string.Create(CultureInfo.InvariantCulture, $"flood {number + 1}/{count}"), cancellationToken);
                    acknowledged++;
                }
                catch (ChatRefusedException e)
                {
                    refused++;
                    reason = e.Message;
                }

                var elapsed = time.GetElapsedTime(began);
                if (elapsed - told >= TimeSpan.FromSeconds(1))
                {
                    told = elapsed;
                    context.Write(new StyledText(string.Create(CultureInfo.InvariantCulture, $"{number + 1} of {count}, {refused} refused"), Meaning.Muted));
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new CommandException("flood: cancelled", exitCode: ExitCodes.Cancelled) { Result = Result(isCancelled: true) };
        }

        return Result(isCancelled: false);

        FloodResult Result(bool isCancelled)
        {
            var elapsed = time.GetElapsedTime(began);
            return new(acknowledged, refused, elapsed, Math.Round(acknowledged / Math.Max(elapsed.TotalSeconds, 1e-6), 1), reason, isCancelled);
        }
    }

    [Command("watch messages", "Show events as they are delivered, until cancelled")]
    [Example("/watch messages --backlog 1 --count 1", "the newest one")]
    [Example("/watch messages --json", "one JSON document per event, for a program")]
    public async IAsyncEnumerable<EventRow> WatchMessagesAsync(
        [Option("--backlog", "Begin with so many of the newest")][Range(0, 1_000_000)] int backlog = 0,
        [Option("--count", "End after so many; 0 is never")][Range(0, 1_000_000_000)] int count = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var follower = chat.Deliveries.Follow(backlog);
        var seen = 0;
        await foreach (var delivery in ReadAsync(follower, cancellationToken))
        {
            yield return EventRow.Of(delivery);
            if (++seen == count)
            {
                yield break;
            }
        }
    }

    private async IAsyncEnumerable<ConditionState> MessageAsync(
        [Argument("text", "A part of it")] string text,
        [Option("--from", "Who published it", Completions = "member")] string? from = null,
        [Option("--new", "Only what comes from now on, not what is remembered")] bool isNew = false,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool Fits(Delivery delivery) => delivery.Kind == EventKind.Message && (from is null || delivery.Participant == from)
            && delivery.TextString.Contains(text, StringComparison.Ordinal);

        // Followed from before the look, so that nothing falls between.
        using var follower = chat.Deliveries.Follow();
        var newest = chat.Deliveries.Newest(int.MaxValue);
        yield return new(!isNew && Array.Exists(newest, Fits), newest.Length == 0 ? "no message yet" : Seen(newest[^1]));
        await foreach (var delivery in ReadAsync(follower, cancellationToken))
        {
            yield return new(Fits(delivery), Seen(delivery));
        }

        static string Seen(Delivery delivery) => $"the newest is \"{delivery.TextString}\"";
    }

    private static async IAsyncEnumerable<Delivery> ReadAsync(DeliveryFollower follower, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var wakeOnEnd = cancellationToken.Register(follower.Signal.Set);
        List<Delivery> batch = [];
        while (true)
        {
            batch.Clear();
            follower.Read(batch, EventsAtOnce);
            foreach (var delivery in batch)
            {
                yield return delivery;
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (batch.Count == 0)
            {
                await follower.Signal.WaitAsync();
            }
        }
    }

    private static async Task<T> RefusedAsync<T>(Func<ValueTask<T>> publish)
    {
        try
        {
            return await publish();
        }
        catch (ChatRefusedException e)
        {
            throw new CommandException($"Not published: {e.Message.TrimEnd('.')}");
        }
    }
}
