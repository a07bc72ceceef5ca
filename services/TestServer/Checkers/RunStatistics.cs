using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>The numbers of a run.</summary>
/// <param name="Publishes">Messages that somebody published.</param>
/// <param name="Deliveries">Deliveries of messages, the publishers' own included.</param>
/// <param name="MessagesPerPublish">Deliveries at others for each publish: each took one message on a link.</param>
/// <param name="Duplicates">Deliveries of the same message at the same process, after the first.</param>
/// <param name="LatencyMs">Milliseconds from publishing to delivery at others, by quantile: 0, 0.5, 0.95, 0.99, 1. Empty without deliveries.</param>
/// <param name="Steps">Steps that passed, failed, or were cancelled.</param>
/// <param name="Seconds">How long the run took.</param>
internal sealed record RunStatistics(
    int Publishes, int Deliveries, double MessagesPerPublish, int Duplicates, IReadOnlyList<double> LatencyMs, IReadOnlyDictionary<StepOutcome, int> Steps, double Seconds)
{
    public static readonly IReadOnlyList<double> Quantiles = [0, 0.5, 0.95, 0.99, 1];

    public static RunStatistics Of(IReadOnlyList<RunEntry> entries)
    {
        Delivered[] deliveries = [.. entries.Select(entry => entry.Event).OfType<Delivered>().Where(delivered => delivered.Kind == ChatKind.Message)];
        var published = deliveries.Select(delivered => delivered.Message).Concat(entries.Select(entry => entry.Event).OfType<StepEnded>().Select(step => step.Message).OfType<MessageKey>())
            .Distinct().Count();
        var distinct = deliveries.Select(delivered => (delivered.Peer, delivered.Process, delivered.Message)).Distinct().Count();
        Delivered[] others = [.. deliveries.Where(delivered => delivered.From != delivered.Peer)];
        double[] latencies = [.. others.Select(delivered => (double)(delivered.DeliveredUnixMs - delivered.PublishedUnixMs)).Order()];
        return new RunStatistics(
            published,
            deliveries.Length,
            published == 0 ? 0 : (double)others.Length / published,
            deliveries.Length - distinct,
            latencies.Length == 0 ? [] : [.. Quantiles.Select(quantile => latencies[(int)Math.Round(quantile * (latencies.Length - 1))])],
            entries.Select(entry => entry.Event).OfType<StepEnded>().GroupBy(step => step.Outcome).ToDictionary(group => group.Key, group => group.Count()),
            entries.Count == 0 ? 0 : entries[^1].Milliseconds / 1000);
    }

    /// <summary>Line by line, for a person.</summary>
    public IReadOnlyList<string> Describe() =>
    [
        FormattableString.Invariant($"{Steps.GetValueOrDefault(StepOutcome.Passed)} steps passed, {Steps.GetValueOrDefault(StepOutcome.Failed)} failed, in {Seconds:0.0} s"),
        FormattableString.Invariant($"{Publishes} published, {Deliveries} delivered; messages per publish {MessagesPerPublish:0.00}; duplicates {Duplicates}"),
        LatencyMs.Count == 0
            ? "no deliveries at others, so no latency"
            : "delivery latency in ms: " + string.Join(", ", Quantiles.Zip(LatencyMs, (quantile, ms) => FormattableString.Invariant($"{quantile:0.##} -> {ms:0}"))),
    ];
}
