using System.Collections.Concurrent;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;
using Microsoft.Extensions.Options;

namespace ChittyChat.Peer.Commands;

/// <summary>
/// The settings of every layer of this peer, as <c>/settings</c> saves and loads them. Faults and log levels change at once; the rest needs a restart, which is
/// said when a file has other values. Secrets are not in it.
/// </summary>
internal sealed class SettingsSections(PeerOptions options, IOptions<ChatOptions> chat, FaultInjector faults, LiveLog log, ILogger<SettingsSections> logger) : ICommandSet
{
    private const int Version = 1;

    private readonly ConcurrentDictionary<string, string> _pending = new(StringComparer.Ordinal);

    /// <summary>Registers a section for each layer.</summary>
    public void Register(SettingsStore store)
    {
        store.Section("peer", Version, Peer, _ => { }, wanted =>
        {
            var now = Peer();
            Later("--name", now.Name, wanted.Name);
            Later("--bind", now.Bind, wanted.Bind);
            Later("--advertise", now.Advertise, wanted.Advertise);
            Later("--http-port", now.HttpPort, wanted.HttpPort);
            Later("--log", now.Log, wanted.Log);
        });
        store.Section("membership", Version, Gossip, CheckGossip, wanted =>
        {
            var now = Gossip();
            Later("--profile", now.Profile, wanted.Profile);
            Later("--gossip-port", now.Port, wanted.Port);
            Later("--join", string.Join(',', now.Join), string.Join(',', wanted.Join));
            Later("--join-timeout", now.JoinTimeout.TotalSeconds, wanted.JoinTimeout.TotalSeconds);
        });
        store.Section("chat", Version, Chat, CheckChat, wanted => Later("--history", Chat().History, wanted.History));
        store.Section("bootstrap", Version, () => new ServiceSettings(options.Bootstrap), _ => { }, wanted => Later("--bootstrap", options.Bootstrap, wanted.Service));
        store.Section("registry", Version, () => new ServiceSettings(options.Registry), _ => { }, wanted => Later("--registry", options.Registry, wanted.Service));
        store.Section("log", Version, () => new LogSettings(log.Status.Levels.ToDictionary()), CheckLog, wanted =>
        {
            foreach (var (category, level) in wanted.Levels)
            {
                log.SetLevel(category, level);
            }
        });
        store.Section("faults", Version, Faults, CheckFaults, Apply);
    }

    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command("settings pending", "Show what was loaded and takes effect after a restart, as options to start with")]
    [CommandGroup("settings")]
    [Example("/settings pending", "after /settings load")]
    public IReadOnlyList<PendingRow> Pending() =>
        [.. _pending.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new PendingRow(entry.Key, entry.Value))];

    private PeerSection Peer() => new(options.Name, options.Bind.ToString(), options.Advertise?.ToString(), options.HttpPort, options.LogFile);

    private GossipSection Gossip()
    {
        var inForce = GossipSettings.Of(options);
        return new(
            options.Profile, options.GossipPort, options.Join, options.JoinTimeout, inForce.ProbeInterval, inForce.ProbeTimeout, inForce.IndirectChecks,
            inForce.SuspicionMultiplier, inForce.GossipInterval, inForce.GossipNodes, inForce.RetransmitMultiplier, inForce.PushPullInterval);
    }

    private ChatSection Chat() => new(chat.Value.History, chat.Value.Window);

    private void CheckGossip(GossipSection wanted)
    {
        // The numbers are there to be seen: the profile decides them.
        var profile = GossipSettings.Of(options with { Profile = wanted.Profile });
        var follows = wanted with
        {
            ProbeInterval = profile.ProbeInterval,
            ProbeTimeout = profile.ProbeTimeout,
            IndirectChecks = profile.IndirectChecks,
            SuspicionMultiplier = profile.SuspicionMultiplier,
            GossipInterval = profile.GossipInterval,
            GossipNodes = profile.GossipNodes,
            RetransmitMultiplier = profile.RetransmitMultiplier,
            PushPullInterval = profile.PushPullInterval,
        };
        if (wanted != follows)
        {
            throw new CommandException("the gossip's numbers follow from its profile, and cannot be set one by one", "Change profile, and leave the numbers as they are for it.");
        }

        if (wanted.Port is < 0 or > ushort.MaxValue)
        {
            throw new CommandException($"the port {wanted.Port} is none");
        }
    }

    private void CheckChat(ChatSection wanted)
    {
        if (wanted.History is < 16 or > 1_000_000)
        {
            throw new CommandException($"history is {wanted.History}", "16 to 1000000 events can be kept.");
        }

        if (wanted.Window != chat.Value.Window)
        {
            throw new CommandException($"window cannot be changed here", "Set Chat__Window before the start.");
        }
    }

    private void CheckLog(LogSettings wanted)
    {
        foreach (var category in wanted.Levels.Keys.Where(name => name != LiveLog.Everything && log.Categories.All(known => known.Name != name)))
        {
            throw new CommandException($"nothing logs as \"{category}\"", "/log show lists the categories.");
        }
    }

    private FaultsSection Faults() => new(faults.Current.ToDictionary(
        fault => fault.Key, fault => new FaultSettings(fault.Value.Cut, fault.Value.Delay, fault.Value.Jitter, fault.Value.Loss * 100)));

    private static void CheckFaults(FaultsSection wanted)
    {
        foreach (var (member, fault) in wanted.Members)
        {
            if (fault.Delay < TimeSpan.Zero || fault.Jitter < TimeSpan.Zero || fault.Jitter > fault.Delay || fault.LossPercent is < 0 or > 100)
            {
                throw new CommandException($"the faults to {member} are none", "The delay is 0 or more, the jitter at most the delay, the loss 0 to 100 percent.");
            }
        }
    }

    private void Apply(FaultsSection wanted)
    {
        foreach (var gone in faults.Current.Keys.Where(member => !wanted.Members.ContainsKey(member)))
        {
            faults.Heal(gone);
        }

        foreach (var (member, fault) in wanted.Members)
        {
            faults.Cut(member, fault.Cut);
            faults.Delay(member, fault.Delay, fault.Jitter);
            faults.Lose(member, fault.LossPercent / 100);
        }
    }

    private void Later(string option, object? now, object? wanted)
    {
        var (text, other) = (Convert.ToString(now, System.Globalization.CultureInfo.InvariantCulture) ?? "", Convert.ToString(wanted, System.Globalization.CultureInfo.InvariantCulture) ?? "");
        if (text == other)
        {
            _pending.TryRemove(option, out _);
            return;
        }

        _pending[option] = other;
        logger.TakesEffectAfterRestart(option, other, text);
    }

    internal sealed record PendingRow(string Option, string Value);

    internal sealed record PeerSection(string Name, string Bind, string? Advertise, int? HttpPort, string? Log);

    internal sealed record GossipSection(
        GossipProfile Profile, int Port, IReadOnlyList<string> Join, TimeSpan JoinTimeout, TimeSpan ProbeInterval, TimeSpan ProbeTimeout, int IndirectChecks,
        int SuspicionMultiplier, TimeSpan GossipInterval, int GossipNodes, int RetransmitMultiplier, TimeSpan PushPullInterval);

    internal sealed record ChatSection(int History, int Window);

    internal sealed record ServiceSettings(Uri? Service);

    internal sealed record LogSettings(IReadOnlyDictionary<string, LogLevel> Levels);

    internal sealed record FaultsSection(IReadOnlyDictionary<string, FaultSettings> Members);

    internal sealed record FaultSettings(FaultDirections Cut, TimeSpan Delay, TimeSpan Jitter, double LossPercent);
}

internal static partial class SettingsLog
{
    [LoggerMessage(4101, LogLevel.Warning, "{Option} '{Wanted}' takes effect after a restart; now it is '{Now}'")]
    public static partial void TakesEffectAfterRestart(this ILogger logger, string option, string wanted, string now);
}
